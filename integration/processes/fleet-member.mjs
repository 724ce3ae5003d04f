/**
 * One of many processes with a near cache each, and one Redis. It asks for a key all the time and notes the version that it got, and it sets
 * or loads a version when it is told to. Times are nanoseconds of the one clock that all processes of a machine share.
 */

import { setTimeout as wait } from "node:timers/promises";
import { fsBackup } from "@lastgood/backup-fs";
import { memoryCache } from "@lastgood/cache-memory";
import { redisCache } from "@lastgood/cache-redis";
import { Datastore } from "@lastgood/core";

const { REDIS = "", DIRECTORY = "", NEAR_TTL = "5s", LEASE = "0s", CACHE_TIMEOUT = "500ms" } = process.env;

const datastore = new Datastore({
  cache: [memoryCache(), redisCache(REDIS)],
  backup: fsBackup(DIRECTORY),
  nearTtl: /** @type {import("@lastgood/core").Duration} */ (NEAR_TTL),
  lease: /** @type {import("@lastgood/core").Duration} */ (LEASE),
  ttl: "1h",
  cacheTimeout: /** @type {import("@lastgood/core").Duration} */ (CACHE_TIMEOUT),
});

const now = () => Number(process.hrtime.bigint());

/** The source says nothing: what there is, is in the caches and in the backup. */
async function down() {
  throw new Error("the source is down");
}

/** @type {{ began: number, version: number, source: string }[]} */
let notes = [];

async function read() {
  for (;;) {
    const began = now();
    const { value, source } = await datastore.getResult("version", down, "1h");
    notes.push({ began, version: Number(value), source });
    await wait(2);
  }
}

/** @type {Record<string, (given: number) => unknown>} */
const orders = {
  async set(version) {
    await datastore.set("version", version, "1h");
    return now();
  },
  read: () => void read(),
  notes() {
    const taken = notes;
    notes = [];
    return taken;
  },
  /** Loads a key that nobody has, and says whether this process has called its loader. */
  async load(key) {
    let calls = 0;
    const load = async () => {
      calls++;
      await wait(200);
      return "loaded";
    };
    await Promise.all(Array.from({ length: 125 }, () => datastore.get(`cold ${key}`, load)));
    return calls;
  },
};

process.on("message", async (/** @type {{ id: number, order: string, given: number }} */ { id, order, given }) => {
  try {
    const answer = await orders[order]?.(given);
    if (process.connected) process.send?.({ id, answer });
  } catch (error) {
    if (process.connected) process.send?.({ id, error: String(error) });
  }
});
process.send?.({ id: 0 });
