/** The shared cache breaks. */

import assert from "node:assert/strict";
import { until } from "@lastgood/services";
import { keys, sources } from "../src/expect.mjs";

/** @typedef {import("../src/run.mjs").Fault} Fault */

const KEYS = keys(20);

/** @type {readonly Fault[]} */
export const redisFaults = [
  {
    id: "redis-killed",
    area: "redis",
    title: "Redis dies",
    injected: "SIGKILL to redis-server under load, then it is started again, empty",
    holds: "values are loaded, or come from the backup; the cache answers again by itself",
    quick: true,
    needs: ["redis"],
    async run(context) {
      const redis = await context.service("redis");
      const subject = await context.start({ cache: redis.url, backup: `file:${await context.directory()}` });
      await subject.get(KEYS);
      await subject.work(KEYS);
      await redis.first.kill();
      await subject.source("down");
      await until(() => assert.match(sources(subject.notes), /[1-9]\d* from the backup/));
      await subject.source("up");
      await redis.first.start();
      const before = subject.notes.length;
      await until(() => assert.match(sources(subject.notes.slice(before)), /^[1-9]/));
      await subject.rest();
      return sources(subject.notes);
    },
  },
];
