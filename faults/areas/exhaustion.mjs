/** The process itself runs out of memory, or of time. */

import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { until } from "@lastgood/services";
import { allFrom, keys, sources, told } from "../src/expect.mjs";
import { untilFrom } from "./cache-outage.mjs";

/** @typedef {import("../src/run.mjs").Fault} Fault */

const KEYS = keys(20);

/** @type {readonly Fault[]} */
export const exhaustionFaults = [
  {
    id: "process-oom",
    area: "process",
    title: "runs out of memory in the middle of its writes",
    injected: "a heap of 60 MB, and a source whose values become 400 kB, for 400 keys at once",
    holds: "Node aborts; a new process answers every key that was answered before, with the newest value or a newer one",
    async run(context) {
      const backup = `file:${await context.directory()}`;
      const poor = await context.start({ backup, node: ["--max-old-space-size=60"], options: { ttl: "10m" } });
      allFrom(await poor.get(KEYS), "loader");
      await poor.source("up", { size: 400_000 });
      const outcome = await poor.get(Array.from({ length: 400 }, (_, index) => `large ${index}`)).then(() => "survived", String);
      const how = await Promise.race([poor.ended, pause(10_000, "it did not run out of memory")]);
      assert.match(how, /SIGABRT|code 134|heap/i, outcome);
      const answered = Array.from(new Set(poor.notes.flatMap((note) => (note.note === "get" && note.error === undefined ? [note.key] : []))));
      const next = await context.start({ backup, options: { backupTimeout: "10s" } });
      await next.source("down");
      allFrom(await next.get(answered), "backup");
      return `aborted after ${answered.length} keys were answered, ${answered.length} of them answered by the next process`;
    },
  },
  {
    id: "process-blocked",
    area: "process",
    title: "its event loop is blocked for 10 s",
    injected: "a loop without an end for 10 s, under load, with Redis as the cache and a source that takes 100 ms",
    holds: "no load fails and nothing stands in for it; only gets that were under way are late; afterwards all is as before",
    needs: ["redis"],
    allows: ["late"],
    async run(context) {
      const redis = await context.service("redis");
      const subject = await context.start({ cache: redis.url, backup: `file:${await context.directory()}` });
      await subject.source("slow");
      await subject.get(KEYS);
      await subject.work(KEYS);
      await untilFrom(subject, "cache");
      await subject.block(10_000);
      const after = subject.notes.length;
      await untilFrom(subject, "cache");
      await subject.rest();
      const late = subject.notes.filter((note) => note.note === "get" && note.ended - note.began > 10_000).length;
      assert.ok(late <= 2 * KEYS.length * 10, `${late} gets were late`);
      assert.equal(told(subject.notes, "fallback"), 0, "something stood in for loads that did not fail");
      assert.equal(told(subject.notes, "loadFailed"), 0, "loads failed that did not take too long");
      await until(async () => allFrom(await subject.get(KEYS.slice(0, 1)), "cache"));
      return `${late} gets were under way, 0 fallbacks, ${told(subject.notes, "cacheFailed")} calls of the cache given up; afterwards ${sources(subject.notes.slice(after))}`;
    },
  },
];
