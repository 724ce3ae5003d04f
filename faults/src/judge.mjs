/**
 * Eight processes that share a Redis and a directory work for a while, and something fails all the time. Then the judge looks at all that happened.
 *
 *     npm run judge                      two minutes
 *     npm run judge -- --minutes 10
 *     npm run judge -- --seed 7          the same faults in the same order
 *
 * Ends with an error if the judge found something.
 */

import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Context } from "./context.mjs";
import { diceOf } from "./dice.mjs";
import { HEARD_MS, HOLDING_MS, LONG, readOn, startFleet, TOLD } from "./fleet/fleet.mjs";
import { machineNow } from "./fleet/lateness.mjs";
import { gets, violations } from "./oracle.mjs";

/**
 * @typedef {import("./fleet/fleet.mjs").Fleet} Fleet
 * @typedef {import("./dice.mjs").Dice} Dice
 * @typedef {(fleet: Fleet, dice: Dice) => Promise<unknown>} Mishap
 */

const SIZE = 8;
const MINUTE = 60_000;
/** Eight processes on few processors. */
const CALM_MS = 2 * HEARD_MS;
/** Keys that only the source knows: each has a lease. Their ttl is short, because what is loaded in an outage is held for it. */
const ASKED = ["asked 0", "asked 1", "asked 2"];
/** What a process has set in an outage, it holds for its ttl, although nobody else hears of it. */
const HELD_MS = 2_000;
const TELLS = { ttl: `${HELD_MS}ms` };
const SHORT = { ttl: "1s", fallbackTtl: "500ms" };
/** A process that is frozen answers no store in time, so that its time-outs are longer than that. */
const LONGEST_FREEZE_MS = 3_000;
const OPTIONS = { lease: "1s", backupTimeout: "4s", timeout: "4s" };

/** @param {Fleet} fleet @param {Dice} dice */
function anyone(fleet, dice) {
  return fleet.at(dice(fleet.members.length));
}

/** @param {import("./subject.mjs").Subject} subject */
async function startReading(subject) {
  await readOn(subject, TOLD, LONG);
  await readOn(subject, ASKED, SHORT);
}

/** @type {Readonly<Record<string, Mishap>>} */
const MISHAPS = {
  async "a process is killed and replaced"(fleet, dice) {
    const [victim] = fleet.members.splice(dice(fleet.members.length), 1);
    await victim?.subject.kill();
    const { subject } = await fleet.add();
    await startReading(subject);
  },
  async "a process is frozen"(fleet, dice) {
    const { subject } = anyone(fleet, dice);
    subject.freeze();
    await pause(200 + dice(LONGEST_FREEZE_MS - 200));
    subject.resume();
  },
  async "a process is cut off"(fleet, dice) {
    const { wire } = anyone(fleet, dice);
    wire.stall([["commands", "subscription"], ["commands"], ["subscription"]][dice(3)]?.map((role) => /** @type {import("./fleet/wire.mjs").Role} */ (role)));
    await pause(200 + dice(3_000));
    wire.flow();
  },
  async "a process is refused"(fleet, dice) {
    const { wire } = anyone(fleet, dice);
    await wire.close();
    await pause(200 + dice(2_000));
    await wire.open();
  },
  async "a process has a slow network"(fleet, dice) {
    const { wire } = anyone(fleet, dice);
    wire.delayMs = dice(500);
    await pause(200 + dice(2_000));
    wire.delayMs = 0;
  },
  async "a clock jumps by minutes"(fleet, dice) {
    await anyone(fleet, dice).subject.clock((dice(20) - 10) * MINUTE);
  },
  async "subscriptions are killed"({ admin }) {
    await admin.call("CLIENT", "KILL", "TYPE", "pubsub");
  },
  async "Redis forgets everything"({ admin }) {
    await admin.flushall();
  },
  async "Redis is frozen"({ redis }, dice) {
    redis.first.pause();
    await pause(100 + dice(2_000));
    redis.first.resume();
  },
  async "Redis restarts"({ redis }, dice) {
    await redis.first.kill();
    await pause(dice(2_000));
    await redis.first.start();
  },
};

/** Who is dead cannot be frozen: these come one after the other. */
const OF_SERVER = new Set(["Redis is frozen", "Redis restarts"]);

/** @param {readonly string[]} names @param {(name: string) => Promise<void>} happen */
async function inTurn(names, happen) {
  for (const name of names) await happen(name);
}

/** Two mishaps at once, and then as long as it takes until all is well again. @param {Fleet} fleet @param {Dice} dice @param {Map<string, number>} counts */
async function round(fleet, dice, counts) {
  fleet.mayLag(HOLDING_MS + HELD_MS); // a network that was slow may still deliver
  const names = Object.keys(MISHAPS);
  const chosen = Array.from(new Set(Array.from({ length: 2 }, () => names[dice(names.length)] ?? "")));
  const happen = async (/** @type {string} */ name) => {
    counts.set(name, (counts.get(name) ?? 0) + 1);
    await MISHAPS[name]?.(fleet, dice);
  };
  const ended = await Promise.allSettled([...chosen.filter((name) => !OF_SERVER.has(name)).map(happen), inTurn(chosen.filter((name) => OF_SERVER.has(name)), happen)]);
  for (const end of ended) if (end.status === "rejected") throw new Error(`${chosen.join(" and ")} failed`, { cause: end.reason });
  await fleet.settled(CALM_MS);
  await pause(1_500);
}

const { values } = parseArgs({ options: { minutes: { type: "string", default: "2" }, seed: { type: "string", default: "1" } } });
const dice = diceOf(Number(values.seed));
const context = new Context();
/** @type {Map<string, number>} */
const counts = new Map();
try {
  await work();
} catch (error) {
  console.error(error); // what is torn down may fail in turn, and must not hide it
  process.exitCode = 1;
} finally {
  await context.tearDown();
}
const found = violations(context.log);
for (const [name, count] of counts) console.log(`${count} × ${name}`);
for (const { kind, what } of found.slice(0, 20)) console.log(`${kind}: ${what}`);
console.log(`seed ${values.seed}, ${values.minutes} minutes, ${gets(context.log).length} gets: ${found.length} against a promise`);
if (found.length > 0) process.exitCode = 1;

async function work() {
  const aheadMs = Array.from({ length: SIZE }, () => (dice(20) - 10) * MINUTE);
  const fleet = await startFleet(context, { size: SIZE, aheadMs, options: OPTIONS });
  await fleet.setAll();
  await Promise.all(fleet.subjects.map(startReading));
  fleet.write(TOLD, TELLS);
  await fleet.settled(CALM_MS);
  const until = machineNow() + Number(values.minutes) * MINUTE;
  while (machineNow() < until) await round(fleet, dice, counts);
  console.log(await fleet.over());
  await context.finish();
}
