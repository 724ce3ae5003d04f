/** Who holds the lease of a key fails, and so does what holds the lease. */

import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { until } from "@lastgood/services";
import { allFailed, allFrom } from "../src/expect.mjs";
import { startFleet } from "../src/fleet/fleet.mjs";

/**
 * @typedef {import("../src/run.mjs").Fault} Fault
 * @typedef {import("../src/context.mjs").Context} Context
 * @typedef {import("../src/oracle.mjs").GetNote} GetNote
 * @typedef {import("../src/fleet/fleet.mjs").Fleet} Fleet
 * @typedef {import("../src/fleet/fleet.mjs").FleetOptions} FleetOptions
 */

const LEASE_MS = 1_500;
const TIMEOUT_MS = 1_000;
const SLOW_MS = 100;
/** What one call of Redis may take, and a machine that does other things as well. */
const BESIDES_MS = 300 + 500;

const OPTIONS = { lease: `${LEASE_MS}ms`, timeout: `${TIMEOUT_MS}ms` };
const GET = { ttl: "1h", fallbackTtl: "2s" };
const KEYS = ["leased 0", "leased 1", "leased 2"];

const WAIT = "no get waits longer than `lease` (1.5 s) for another process, and none fails for it";

/** @param {Context} context @param {FleetOptions} [options] */
async function leasedFleet(context, options = {}) {
  const fleet = await startFleet(context, { ...options, options: OPTIONS });
  await Promise.all(fleet.subjects.map((subject) => subject.source("slow")));
  await fleet.rush(["warm up"], GET);
  fleet.leasesHold(true);
  return fleet;
}

/** The first process has taken the leases of all keys, and its loader does not come back. @param {Fleet} fleet @returns {Promise<{ asked: Promise<unknown> }>} */
async function heldByFirst(fleet) {
  const { subject } = fleet.at(0);
  await subject.source("hangs");
  const asked = subject.get(KEYS, GET).catch(() => {});
  await until(async () => assert.equal((await fleet.admin.keys("lastgood:*:lease")).length, KEYS.length, "the leases are not taken"));
  return { asked };
}

/** All but the first get all keys. @param {Fleet} fleet */
async function othersGet(fleet) {
  return (await Promise.all(fleet.subjects.slice(1).map((subject) => subject.get(KEYS, GET)))).flat();
}

/** @param {readonly GetNote[]} notes @param {number} ms */
function within(notes, ms) {
  const longest = Math.round(Math.max(...notes.map(({ began, ended }) => ended - began)));
  assert.ok(longest <= ms, `a get took ${longest} ms, and may take ${ms} ms`);
  return `${notes.length} gets waited ${longest} ms at most`;
}

/**
 * What becomes of the holder is nobody's fault but its own.
 * @param {Pick<Fault, "id" | "title" | "injected"> & Partial<Fault>} fault
 * @param {(fleet: Fleet) => unknown} befalls The first process, or the store of its leases, while the others wait.
 * @param {(fleet: Fleet) => unknown} [later]
 * @param {FleetOptions} [options]
 * @returns {Fault}
 */
function holder(fault, befalls, later = () => undefined, options = {}) {
  const run = async (/** @type {Context} */ context) => {
    const fleet = await leasedFleet(context, options);
    fleet.leasesHold(false);
    const { asked } = await heldByFirst(fleet);
    const gets = othersGet(fleet);
    await pause(200);
    await befalls(fleet);
    const notes = await gets;
    await later(fleet);
    await asked;
    allFrom(notes.filter(({ source }) => source !== "cache"), "loader");
    return `${within(notes, LEASE_MS + SLOW_MS + BESIDES_MS)}; ${fleet.loadsOf(KEYS).length} calls of the loader for ${KEYS.length} keys`;
  };
  return { area: "fleet", holds: WAIT, needs: ["redis"], ...fault, run };
}

/** @type {readonly Fault[]} */
export const fleetLeaseFaults = [
  {
    id: "fleet-lease-rush",
    area: "fleet",
    title: "eight processes ask for a cold key at once, again and again",
    injected: "72 gets at a time of keys that nobody has, and FLUSHALL between the rushes",
    holds: "each key is loaded once",
    needs: ["redis"],
    async run(context) {
      const fleet = await leasedFleet(context, { size: 8 });
      for (let round = 0; round < 5; round++) {
        const keys = KEYS.map((key) => `${key}, ${round}`);
        await fleet.rush(keys, GET);
        const loads = fleet.loadsOf(keys).length;
        assert.equal(loads, keys.length, `${loads} calls of the loader for ${keys.length} keys`);
        await fleet.admin.flushall();
      }
      return `5 rushes, ${KEYS.length} calls of the loader in each`;
    },
  },
  {
    id: "fleet-lease-clocks",
    area: "fleet",
    title: "clocks are half a minute apart, and everybody asks for a cold key",
    injected: "four processes whose clocks are 0 and 30 s ahead, 10 and 30 s behind",
    holds: "each key is loaded once",
    needs: ["redis"],
    async run(context) {
      const fleet = await leasedFleet(context, { aheadMs: [0, 30_000, -10_000, -30_000] });
      for (let round = 0; round < 5; round++) {
        const keys = KEYS.map((key) => `${key}, ${round}`);
        await fleet.rush(keys, GET);
        assert.equal(fleet.loadsOf(keys).length, keys.length, "calls of the loader");
      }
      return `5 rushes, ${KEYS.length} calls of the loader in each`;
    },
  },
  holder({ id: "fleet-lease-holder-killed", title: "the holder of a lease dies", injected: "SIGKILL to a process whose loader is under way, while others wait for it", quick: true }, ({ members: [first] }) => first?.subject.kill()),
  holder(
    { id: "fleet-lease-holder-frozen", title: "the holder of a lease is frozen", injected: "SIGSTOP to a process whose loader is under way, while others wait for it; later SIGCONT" },
    ({ members: [first] }) => first?.subject.freeze(),
    ({ members: [first] }) => first?.subject.resume(),
  ),
  holder(
    { id: "fleet-lease-holder-cut-off", title: "the holder of a lease is cut off from Redis", injected: "the proxy of a process whose loader is under way holds back every byte, while others wait for it" },
    ({ members: [first] }) => first?.wire.stall(),
    ({ members: [first] }) => first?.wire.flow(),
  ),
  holder({ id: "fleet-lease-redis-killed", title: "Redis dies while a lease is held", injected: "SIGKILL to redis-server, while a loader is under way and others wait for it" }, ({ redis }) => redis.first.kill()),
  holder(
    { id: "fleet-lease-redis-frozen", title: "Redis freezes while a lease is held", injected: "SIGSTOP to redis-server, while a loader is under way and others wait for it" },
    ({ redis }) => redis.first.pause(),
    ({ redis }) => redis.first.resume(),
  ),
  holder({ id: "fleet-lease-deleted", title: "a lease is deleted while it is held", injected: "DEL of every lease, as an eviction would, while a loader is under way and others wait for it" }, async ({ admin }) =>
    admin.del(...(await admin.keys("lastgood:*:lease"))),
  ),
  holder({ id: "fleet-lease-foreign", title: "a lease is no lease", injected: "every lease becomes a hash without an expiry, while a loader is under way and others wait for it" }, async ({ admin }) => {
    for (const key of await admin.keys("lastgood:*:lease")) await admin.multi().del(key).hset(key, "field", "value").exec();
  }),
  {
    id: "fleet-lease-fails-with-backup",
    area: "fleet",
    title: "the loader of the holder fails, with a backup",
    injected: "every loader fails after a backup was made; the caches are emptied, and four processes ask at once",
    holds: "the backup that stood in for the one is the answer of all: one call of the loader a key",
    needs: ["redis"],
    async run(context) {
      const fleet = await leasedFleet(context);
      await fleet.rush(KEYS, GET);
      await Promise.all(KEYS.map((key) => fleet.at(0).subject.change("expire", key)));
      await Promise.all(fleet.subjects.map((subject) => subject.source("down")));
      const before = fleet.loadsOf(KEYS).length;
      const notes = await fleet.rush(KEYS, GET);
      assert.ok(notes.every(({ stale }) => stale), "all are marked as stale");
      const loads = fleet.loadsOf(KEYS).length - before;
      assert.equal(loads, KEYS.length, `${loads} calls of the loader for ${KEYS.length} keys`);
      return `${within(notes, LEASE_MS + BESIDES_MS)}; ${loads} calls of the loader for ${KEYS.length} keys`;
    },
  },
  {
    id: "fleet-lease-fails-without-backup",
    area: "fleet",
    title: "the loader of the holder fails, without a backup",
    injected: "every loader fails, there is no backup, and four processes ask at once",
    holds: `everybody gets the error of its own loader; ${WAIT}`,
    needs: ["redis"],
    async run(context) {
      const fleet = await leasedFleet(context);
      await Promise.all(fleet.subjects.map((subject) => subject.source("down")));
      const notes = await fleet.rush(KEYS, GET);
      allFailed(notes, /the source is down/);
      return within(notes, LEASE_MS + BESIDES_MS);
    },
  },
  {
    id: "fleet-lease-hangs-with-backup",
    area: "fleet",
    title: "every loader hangs, with a backup",
    injected: "every loader hangs until its time-out of 1 s after a backup was made; the caches are emptied, and four processes ask at once",
    holds: `the backup answers everybody, and one load a key is enough; ${WAIT}`,
    needs: ["redis"],
    async run(context) {
      const fleet = await leasedFleet(context);
      await fleet.rush(KEYS, GET);
      await Promise.all(KEYS.map((key) => fleet.at(0).subject.change("expire", key)));
      await Promise.all(fleet.subjects.map((subject) => subject.source("hangs")));
      const notes = await fleet.rush(KEYS, GET);
      assert.ok(notes.every(({ stale }) => stale), "all are marked as stale");
      return within(notes, LEASE_MS + TIMEOUT_MS + BESIDES_MS);
    },
  },
  {
    id: "fleet-lease-no-permission",
    area: "fleet",
    title: "a lease may not be taken",
    injected: "ACL SETUSER default -set: SET is refused, scripts are not",
    holds: "every process loads at once, as if there were no leases",
    needs: ["redis"],
    async run(context) {
      const fleet = await leasedFleet(context);
      fleet.leasesHold(false);
      await fleet.admin.call("ACL", "SETUSER", "default", "-set");
      const notes = await fleet.rush(KEYS, GET);
      return `${within(notes, SLOW_MS + BESIDES_MS)}; ${fleet.loadsOf(KEYS).length} calls of the loader for ${KEYS.length} keys`;
    },
  },
];
