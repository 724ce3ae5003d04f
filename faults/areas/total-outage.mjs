/** Everything but the backup is gone, and the process starts anew. */

import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { withFlippedBit } from "../src/damage.mjs";
import { allFrom, sources, told } from "../src/expect.mjs";
import { STORES } from "../src/stores.mjs";

/** @typedef {import("../src/run.mjs").Fault} Fault @typedef {import("../src/subject.mjs").Subject} Subject */

const KEYS = Array.from({ length: 1_000 }, (_, index) => `key ${index}`);
const OPTIONS = { ttl: "300ms", timeout: "60s", backupTimeout: "60s", backupWait: "60s" };
const AT_ONCE = 50;

/** @param {Subject} subject @param {"loader" | "backup"} source */
async function getAll(subject, source) {
  for (let at = 0; at < KEYS.length; at += AT_ONCE) allFrom(await subject.get(KEYS.slice(at, at + AT_ONCE)), source);
}

/** @param {string} name @param {readonly string[]} [needs] @returns {Fault} */
function totalOutage(name, needs = []) {
  return {
    id: `outage-${name}`,
    area: "total outage",
    title: `all that is left is ${name}`,
    injected: "1,000 keys are loaded twice; SIGKILL to the process and to Redis, the source is down; a new process. Then one bit of the newest record of every key is flipped, and another new process",
    holds: "1,000 answers of 1,000 each time: the newest value, and once that is damaged the one before it",
    needs: ["redis", ...needs],
    allows: ["older"],
    patienceMs: 900_000,
    async run(context) {
      const redis = await context.service("redis");
      const open = STORES[name];
      assert.ok(open);
      const store = await open(context);
      const start = { cache: redis.url, backup: store.backup, env: store.env, options: OPTIONS };
      const before = await context.start(start);
      await getAll(before, "loader");
      await pause(300);
      await getAll(before, "loader");
      await before.kill();
      await redis.first.kill();

      const cold = await context.start(start);
      await cold.source("down");
      await getAll(cold, "backup");
      const newest = newestVersions(before);
      for (const { key, value } of answersOf(cold)) assert.equal(value.version, newest.get(key), "the newest value is the answer");
      await cold.close();

      for (const { bytes, isNewest, replace } of await store.records()) {
        if (isNewest) await replace(withFlippedBit(bytes, randomInt(bytes.length * 8)));
      }
      const damaged = await context.start(start);
      await damaged.source("down");
      await getAll(damaged, "backup");
      assert.equal(told(damaged.notes, "backupCorrupt"), KEYS.length);
      return `cold: ${sources(cold.notes)}; with every newest record damaged: ${sources(damaged.notes)}`;
    },
  };
}

/** @param {Subject} subject */
function answersOf({ notes }) {
  return notes.flatMap((note) => (note.note === "get" && note.error === undefined ? [{ key: note.key, value: /** @type {import("../src/value.mjs").Value} */ (note.value) }] : []));
}

/** @param {Subject} subject */
function newestVersions(subject) {
  return new Map(answersOf(subject).map(({ key, value }) => [key, value.version]));
}

/** @type {readonly Fault[]} */
export const outageFaults = [totalOutage("fs"), totalOutage("sqlite"), totalOutage("s3", ["s3"]), totalOutage("postgres", ["postgres"])];
