/** The process that uses the datastore dies, or stands still. */

import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { allFrom, keys, told } from "../src/expect.mjs";
import { killAtEveryCall } from "../src/machine/kill.mjs";
import { allStandIn, KEYS, LOADS } from "../src/machine/steps.mjs";

/** @typedef {import("../src/run.mjs").Fault} Fault */

/** @param {Pick<Fault, "id" | "title"> & { scheme: string, known: boolean }} fault @returns {Fault} */
function killed({ id, title, scheme, known }) {
  return {
    id,
    area: "process",
    title,
    injected: "by strace, SIGKILL right before the first file call of a write that does not merely look, in the next process before the second, up to the last",
    holds: "what was answered is there, whole; the next process is not in the way of what was left, and writes each key anew",
    needs: ["strace"],
    async run(context) {
      const directory = await context.directory();
      return killAtEveryCall(context, { start: { backup: `${scheme}:${directory}/backups` }, about: `${directory}/backups`, known });
    },
  };
}

/** @type {readonly Fault[]} */
export const processFaults = [
  killed({ id: "killed-fs-new", title: "killed at each call that writes a new key to a directory", scheme: "file", known: false }),
  killed({ id: "killed-fs-known", title: "killed at each call that writes a known key to a directory", scheme: "file", known: true }),
  killed({ id: "killed-sqlite-new", title: "killed at each call that writes a new key to SQLite", scheme: "sqlite", known: false }),
  killed({ id: "killed-sqlite-known", title: "killed at each call that writes a known key to SQLite", scheme: "sqlite", known: true }),
  {
    id: "process-out-of-memory",
    area: "process",
    title: "out of memory",
    injected: "a heap of 60 MB (`--max-old-space-size`), and values of 3 MB loaded until Node aborts",
    holds: "what was answered before is there for the next process",
    quick: true,
    async run(context) {
      const start = { backup: `file:${await context.directory()}` };
      // The process dies with a core dump otherwise, which takes a while.
      const subject = await context.start({ ...start, node: ["--max-old-space-size=60"], wrap: ["sh", "-c", 'ulimit -c 0; exec "$@"', "sh"] });
      allFrom(await subject.get(KEYS, LOADS), "loader");
      await subject.source("up", { size: 3_000_000 });
      for (let round = 0; subject.isRunning && round < 100; round++) {
        await subject.get(keys(20).map((key) => `large ${round} ${key}`), { ttl: "1h" }).catch(() => {});
      }
      const how = await subject.ended;
      assert.match(how, /SIGABRT|code 134/);
      await allStandIn(await context.start(start));
      return `the process ended with ${how.split(",")[0]}, ${KEYS.length} keys were answered by the next one`;
    },
  },
  {
    id: "process-blocked",
    area: "process",
    title: "the event loop stands still for 10 s",
    injected: "a loop of 10 s, longer than every deadline, while gets, loads and writes are under way; then the source is down",
    holds: "stores that have answered in the meantime are not taken for dead: every key is answered",
    patienceMs: 60_000,
    async run(context) {
      const subject = await context.start({ backup: `file:${await context.directory()}`, options: { backupTimeout: "1s", cacheTimeout: "300ms" } });
      allFrom(await subject.get(KEYS, LOADS), "loader");
      await subject.block(10_000);
      await allStandIn(subject);
      allFrom(await subject.get(KEYS, LOADS), "loader");
      return `${told(subject.notes, "backupFailed")} calls of the store failed for it, ${KEYS.length} keys were answered from their backups after it`;
    },
  },
  {
    id: "process-stopped",
    area: "process",
    title: "the process is stopped, and goes on later",
    injected: "SIGSTOP under load for 3 s, longer than the deadline of a store, then SIGCONT; three times",
    holds: "it goes on as if nothing had been: no store is taken for dead, nothing is left over",
    async run(context) {
      // The deadline of a get cannot hold for a process that does not run.
      const subject = await context.start({ backup: `file:${await context.directory()}`, options: { backupTimeout: "4s", timeout: "4s" } });
      await subject.work(KEYS, { options: LOADS });
      for (let round = 0; round < 3; round++) {
        await pause(500);
        process.kill(subject.pid, "SIGSTOP");
        await pause(3_000);
        process.kill(subject.pid, "SIGCONT");
      }
      await subject.rest();
      await allStandIn(subject);
      return `stopped 3 times for 3 s, ${told(subject.notes, "backupWritten")} writes around it`;
    },
  },
];
