/** Processes of a fleet die or stand still, at the worst moments. */

import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { HEARD_MS, HOLDING_MS, LONG, NEAR_TTL_MS, readOn, startFleet, TOLD } from "../src/fleet/fleet.mjs";
import { fleetFault } from "./fleet-redis.mjs";

/**
 * @typedef {import("../src/run.mjs").Fault} Fault
 * @typedef {import("../src/context.mjs").Context} Context
 * @typedef {import("../src/fleet/fleet.mjs").Fleet} Fleet
 * @typedef {import("../src/fleet/fleet.mjs").FleetOptions} FleetOptions
 */

/** What a write of a record looks like on the wire, and an announcement. */
const WRITES_CACHE = /\r\n(?:eval(?:sha)?|set)\r\n/;
const ANNOUNCES = /\r\npublish\r\n/;

const NEAR = "after an acknowledged change, nobody gets an older copy for longer than `nearTtl` (1 s); for longer than 100 ms once all is heard again";

/**
 * A process is killed in the middle of a `set`, again and again. Others set the same keys meanwhile.
 * @param {Pick<Fault, "id" | "title" | "injected"> & { at: RegExp }} fault
 * @returns {Fault}
 */
function killedAt({ at, ...fault }) {
  const run = async (/** @type {Context} */ context) => {
    const fleet = await startFleet(context);
    await fleet.setAll();
    await fleet.read();
    await fleet.settled();
    let kills = 0;
    for (; kills < 5; kills++) {
      const { subject, wire } = await fleet.add();
      await readOn(subject);
      await pause(300);
      fleet.members.pop();
      wire.before = (request) => (at.test(request) ? dropped(subject.kill()) : undefined);
      await subject.change("set", TOLD[kills % TOLD.length] ?? "", LONG).catch(() => {});
      assert.equal(subject.isRunning, false, "the process lives");
      await pause(300);
      await fleet.setAll(TOLD, kills % fleet.members.length);
      await pause(700);
    }
    return `${kills} processes killed; ${await fleet.over()}`;
  };
  return { area: "fleet", holds: "what was not acknowledged may be seen or not; after an acknowledged change, nobody gets an older copy for longer than 100 ms", needs: ["redis"], ...fault, run };
}

/**
 * A process stands still between its backup and its cache. Others set the same keys meanwhile, and then its write arrives.
 * @param {Context} context
 * @param {FleetOptions} [options]
 */
export async function lateWriter(context, options) {
  const fleet = await startFleet(context, options);
  await fleet.setAll();
  await fleet.read();
  await fleet.settled();
  let turns = 0;
  for (const key of TOLD) {
    const { subject, wire } = fleet.at(0);
    const { promise, resolve } = withResolvers();
    wire.before = (request) => {
      if (!WRITES_CACHE.test(request)) return undefined;
      wire.before = () => undefined;
      subject.freeze();
      return promise;
    };
    fleet.mayLag(HOLDING_MS);
    const late = subject.change("set", key, LONG);
    await pause(300);
    await fleet.at(1).subject.change("set", key, LONG);
    await pause(300);
    resolve();
    await pause(200);
    subject.resume();
    await late;
    await fleet.settled();
    await pause(500);
    turns++;
  }
  return `${turns} late writes; ${await fleet.over()}`;
}

/** A request that never goes on, whatever becomes of this. @param {Promise<void>} work @returns {Promise<void>} */
function dropped(work) {
  return work.then(() => new Promise(() => {}));
}

/** @returns {{ promise: Promise<void>, resolve: () => void }} */
function withResolvers() {
  let resolve = () => {};
  const promise = new Promise((/** @type {(value: void) => void} */ done) => (resolve = done));
  return { promise, resolve };
}

/** @param {Fleet} fleet @param {number} rounds @param {number} forMs */
async function freezeInTurn(fleet, rounds, forMs) {
  for (let round = 0; round < rounds; round++) {
    const { subject } = fleet.at(round % fleet.members.length);
    subject.freeze();
    await pause(forMs);
    subject.resume();
    await pause(200);
  }
}

/** @param {import("../src/oracle.mjs").GetNote | undefined} note */
function versionOf(note) {
  return Number(/** @type {{ version?: number } | undefined} */ (note?.value)?.version);
}

/** @type {readonly Fault[]} */
export const fleetProcessFaults = [
  killedAt({ id: "fleet-killed-before-cache", title: "a process dies between the backup and the cache", injected: "SIGKILL when the proxy sees the write of the cached record, which it drops", at: WRITES_CACHE }),
  killedAt({ id: "fleet-killed-before-announcement", title: "a process dies between the cache and the announcement", injected: "SIGKILL when the proxy sees PUBLISH, which it drops", at: ANNOUNCES }),
  {
    id: "fleet-late-writer",
    area: "fleet",
    title: "a write arrives after a newer one",
    injected: "SIGSTOP when the proxy sees the write of the cached record, which it holds back until another process has set the key; then both go on",
    holds: "the newer value stays: nobody gets the older one once it is acknowledged, for longer than 100 ms",
    needs: ["redis"],
    run: (context) => lateWriter(context),
  },
  fleetFault({ id: "fleet-frozen", title: "processes are frozen for longer than nearTtl", injected: "SIGSTOP to one process after the other for 1.5 s, then SIGCONT; the others set keys meanwhile" }, () => ({
    mayLagMs: NEAR_TTL_MS,
    acknowledges: 5,
    forMs: 0,
    disturb: (fleet) => freezeInTurn(fleet, 4, 1_500),
  })),
  fleetFault({ id: "fleet-frozen-briefly", title: "processes are frozen for less than nearTtl", injected: "SIGSTOP to one process after the other for 0.5 s, then SIGCONT; the others set keys meanwhile" }, () => ({
    mayLagMs: NEAR_TTL_MS,
    acknowledges: 5,
    forMs: 0,
    disturb: (fleet) => freezeInTurn(fleet, 8, 500),
  })),
  {
    id: "fleet-slow-load",
    area: "fleet",
    title: "a key is changed while another process is loading it",
    injected: "a loader that takes 1 s to say what the source had when it began; 200 ms later another process sets, expires or deletes the key; 200 ms later there are more gets",
    holds: "who asked before gets the older value, and who asked 200 ms after the change does not",
    needs: ["redis"],
    async run(context) {
      const fleet = await startFleet(context, { size: 3, options: { timeout: "4s" } });
      await fleet.setAll();
      await fleet.read();
      await fleet.settled();
      const { subject } = fleet.at(2);
      let newer = 0;
      for (const method of /** @type {const} */ (["set", "expire", "delete", "set", "expire", "delete"])) {
        const key = `slow ${newer}`;
        await subject.source("late");
        const early = subject.get([key], LONG);
        await pause(200);
        await fleet.at(0).subject.change(method, key, LONG);
        await pause(200);
        const [[before], [after]] = await Promise.all([early, subject.get([key], LONG)]);
        assert.ok(versionOf(after) > versionOf(before), `after ${method}, a get joined the load that had begun before: ${JSON.stringify(after)}`);
        newer++;
      }
      return `${newer} changes during a load, none of which was joined after; ${await fleet.over()}`;
    },
  },
  {
    id: "fleet-rolling-deploy",
    area: "fleet",
    title: "processes are replaced one after the other",
    injected: "under load, a new process joins and an old one closes, until all six are new; two of the old ones are killed instead",
    holds: NEAR,
    needs: ["redis"],
    async run(context) {
      const size = 6;
      const fleet = await startFleet(context, { size });
      await fleet.setAll();
      await fleet.read();
      fleet.write();
      await fleet.settled();
      await pause(500);
      fleet.mayLag(NEAR_TTL_MS);
      for (let count = 0; count < size; count++) {
        const { subject } = await fleet.add();
        await readOn(subject);
        const [old] = fleet.members.splice(0, 1);
        await pause(300);
        await (count % 3 === 2 ? old?.subject.kill() : old?.subject.close());
      }
      await fleet.settled();
      await pause(1_000);
      return fleet.over();
    },
  },
  {
    id: "fleet-large",
    area: "fleet",
    title: "one of eight processes dies, one is frozen, one is cut off, and Redis restarts",
    injected: "SIGKILL, SIGSTOP for 2 s, a proxy that holds back everything for 2 s, and SIGKILL and a new start of redis-server, at once",
    holds: "nobody gets an older copy for longer than `nearTtl` or what is held in the outage (1.3 s); 100 ms once all is heard again",
    needs: ["redis"],
    async run(context) {
      const fleet = await startFleet(context, { size: 8 });
      await fleet.setAll();
      await fleet.read();
      fleet.write();
      await fleet.settled(2 * HEARD_MS); // eight processes on few processors
      await pause(1_000);
      fleet.mayLag(HOLDING_MS);
      const [dead] = fleet.members.splice(0, 1);
      fleet.at(0).subject.freeze();
      fleet.at(1).wire.stall();
      await Promise.all([dead?.subject.kill(), fleet.redis.first.kill()]);
      await pause(2_000);
      await fleet.redis.first.start();
      fleet.at(0).subject.resume();
      fleet.at(1).wire.flow();
      await fleet.settled(2 * HEARD_MS);
      await pause(1_000);
      return fleet.over();
    },
  },
];
