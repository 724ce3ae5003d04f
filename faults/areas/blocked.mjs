/** The process that asks Redis has no time for the answers. */

import assert from "node:assert/strict";
import { until } from "@lastgood/services";
import { allFrom, keys, sources, told } from "../src/expect.mjs";
import { untilFrom } from "./cache-outage.mjs";

/** @typedef {import("../src/run.mjs").Fault} Fault */

const KEYS = keys(20);

/** @type {readonly Fault[]} */
export const blockedFaults = [
  {
    id: "redis-process-blocked",
    area: "redis",
    title: "the event loop of its client is blocked for 10 s",
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
