/** The clock of a machine jumps, or is not the clock of the other machines. By libfaketime, which lies to one process alone. */

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { allFrom } from "../src/expect.mjs";
import { allStandIn, KEYS, loaded, LOADS } from "../src/machine/steps.mjs";

/** @typedef {import("../src/run.mjs").Fault} Fault @typedef {import("../src/context.mjs").Context} Context */
/** @typedef {import("../src/machine/steps.mjs").Start} Start */
/** @typedef {{ examined: number, deleted: number, postponed: boolean }} Culled */

const HOUR = 3_600_000;
/** In hours. */
const OFFSETS = { "on time": 0, "-1h": -1, "-2h": -2, "+40d": 40 * 24, "+400d": 400 * 24 };

/** @returns {string} */
function library() {
  const folder = readdirSync("/usr/lib").map((name) => `/usr/lib/${name}/faketime`).find((path) => readdirIfThere(path).includes("libfaketimeMT.so.1"));
  if (folder === undefined) throw new Error("there is no libfaketimeMT.so.1 below /usr/lib");
  return `${folder}/libfaketimeMT.so.1`;
}

/** @param {string} path @returns {string[]} */
function readdirIfThere(path) {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** The environment of a process whose clock is off by so much. @param {string} offset */
function clockOff(offset) {
  // Timers go by the other clock, which nobody sets.
  return { LD_PRELOAD: library(), FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: "1" };
}

/** @param {Context} context @param {Start} start @param {keyof typeof OFFSETS} offset */
async function startAt(context, start, offset) {
  const subject = await context.start(offset === "on time" ? start : { ...start, env: clockOff(offset) });
  const [{ loadedAt = 0 } = {}] = await subject.get(["what time is it"], LOADS);
  const off = Math.round((loadedAt - Date.now()) / HOUR);
  assert.ok(off === OFFSETS[offset], `the clock of the process is ${off} hours off`);
  return subject;
}

/** @param {string} scheme @param {string} directory */
function url(scheme, directory) {
  return `${scheme}:${directory}/backups`;
}

/**
 * The same fault for both backups on a disk.
 * @param {Omit<Fault, "run" | "area"> & { run: (context: Context, start: Start) => Promise<string> }} fault
 * @returns {Fault[]}
 */
function onBoth({ id, title, run, ...fault }) {
  return [["file", "directory"], ["sqlite", "SQLite"]].map(([scheme = "", name]) => ({
    id: `${id}-${scheme}`,
    area: "clock",
    title: `${title} (${name})`,
    needs: ["faketime"],
    ...fault,
    run: async (context) => run(context, { backup: url(scheme, await context.directory()), options: { backupTimeout: "4s", backupWait: "4s" } }),
  }));
}

/** @type {readonly Fault[]} */
export const clockFaults = [
  ...onBoth({
    id: "clock-400-days",
    title: "the clock jumps ahead by 400 days",
    injected: "the process is restarted with its clock 400 days ahead (`libfaketime`), and culls at once; a second one does the same; then the clock is right again",
    holds: "the first cull deletes nothing and says so; what is used meanwhile stays; new values are newer than all before, also when the clock is right again",
    async run(context, start) {
      const before = await loaded(context, start);
      await before.close();
      const ahead = await startAt(context, start, "+400d");
      const first = /** @type {Culled} */ (await ahead.call("cull"));
      assert.deepEqual({ deleted: first.deleted, postponed: first.postponed }, { deleted: 0, postponed: true });
      await allStandIn(ahead);
      const second = /** @type {Culled} */ (await ahead.call("cull"));
      assert.equal(second.deleted, 0, "what has been used is not unused");
      allFrom(await ahead.get(KEYS, LOADS), "loader");
      await ahead.close();
      const after = await context.start(start);
      await allStandIn(after);
      allFrom(await after.get(KEYS, LOADS), "loader");
      await after.close();
      await allStandIn(await context.start(start));
      return `a cull of ${first.examined} keys, all of which looked unused, was put off; ${KEYS.length} keys were answered by each of 4 processes`;
    },
  }),
  ...onBoth({
    id: "clock-back-an-hour",
    title: "the clock is set back by an hour",
    injected: "values are loaded, then the process is restarted with its clock an hour behind (`libfaketime`), and loads them again; then it is right again",
    holds: "what is loaded later is the last good value, though its time is earlier",
    async run(context, start) {
      let rounds = 0;
      for (const offset of /** @type {const} */ (["on time", "-1h", "-2h", "on time", "-1h"])) {
        const subject = await startAt(context, start, offset);
        if (rounds > 0) await allStandIn(subject);
        allFrom(await subject.get(KEYS, LOADS), "loader");
        await allStandIn(subject);
        await subject.close();
        rounds++;
      }
      const last = await context.start(start);
      await allStandIn(last);
      return `${rounds} processes on 3 clocks, each with values that are newer than those of the one before`;
    },
  }),
  ...onBoth({
    id: "clock-skew-cull",
    title: "one of three processes is 40 days ahead, and culls",
    injected: "three processes share a store: one on time, one an hour behind, one 40 days ahead (`libfaketime`), which culls after every round, twice",
    holds: "what any of them uses stays; each answers with what the others have loaded",
    async run(context, start) {
      const [onTime, behind, ahead] = [await startAt(context, start, "on time"), await startAt(context, start, "-1h"), await startAt(context, start, "+40d")];
      allFrom(await onTime.get(KEYS, LOADS), "loader");
      let deleted = 0;
      for (let round = 0; round < 4; round++) {
        for (const subject of [onTime, behind, ahead]) await allStandIn(subject);
        for (let cull = 0; cull < 2; cull++) deleted += /** @type {Culled} */ (await ahead.call("cull")).deleted;
      }
      for (const subject of [onTime, behind]) await allStandIn(subject);
      return `8 culls by the process that is ahead deleted none of ${KEYS.length} keys that were in use, and ${deleted} old records of outages`;
    },
  }),
];
