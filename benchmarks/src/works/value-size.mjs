/** A get of a value of some size: a miss, which is written to cache and backup, or a hit in a cache of bytes. */

import { redisCache } from "@lastgood/cache-redis";
import { memoryBackup } from "@lastgood/core/testing";
import { Redis } from "ioredis";
import { Datastore, memoryCache, noBackup } from "../contenders/lastgood.mjs";
import { backups } from "../contenders/protocols.mjs";
import { newFolder } from "../folder.mjs";
import { percentile } from "../statistics.mjs";

const MEASURED_MS = 600;

/** @param {{ name: string, bytes: number, url?: string, s3?: object }} params @returns {Promise<number>} Microseconds. */
export default async function valueSize({ name, bytes, url = "", s3 }) {
  const place = { directory: await newFolder(), ...(s3 && { s3 }) };
  return microseconds(await getter(name, bytes, place, url));
}

/** Rows as a query returns them, that have about so many bytes as JSON. @param {number} bytes */
function valueOf(bytes) {
  const row = (/** @type {number} */ index) => ({ id: index, name: `product ${index}`, price: index / 100, tags: ["a", "b"], inStock: true });
  const rowBytes = JSON.stringify(row(1_000)).length + 1;
  return { rows: Array.from({ length: Math.max(1, Math.round(bytes / rowBytes)) }, (_, index) => row(index)) };
}

/**
 * @param {string} name @param {number} bytes @param {import("../contenders/protocols.mjs").Place} place @param {string} url
 * @returns {Promise<(index: number) => Promise<unknown>>}
 */
async function getter(name, bytes, place, url) {
  const value = valueOf(bytes);
  const load = async () => value;
  if (name === "JSON there and back") return async () => JSON.parse(JSON.stringify(value));
  if (name === "hit in Redis") {
    const datastore = new Datastore({ cache: redisCache(new Redis(url)), backup: noBackup });
    const key = `hot:${bytes}`; // the server outlives this process, and still has the value of another size
    return () => datastore.get(key, load, "5m");
  }
  const backup = name === "miss, backup in memory" ? memoryBackup() : backups[name.replace("miss, backup in ", "")]?.(place);
  if (backup === undefined) throw new RangeError(`there is no ${name}`);
  const datastore = new Datastore({ cache: memoryCache({ maxEntries: 10 }), backup, backupWait: "1m" });
  // Ten keys in turn, each forgotten again: a memory full of values is not what is to be measured.
  return async (index) => {
    const key = `key:${index % 10}`;
    await datastore.expire(key);
    return datastore.get(key, load, "5m");
  };
}

/** @param {(index: number) => Promise<unknown>} call */
async function microseconds(call) {
  let calls = 0;
  for (const end = performance.now() + MEASURED_MS / 2; performance.now() < end; ) await call(calls++);
  const samples = [];
  for (const end = performance.now() + MEASURED_MS; performance.now() < end || samples.length < 5; ) {
    const began = performance.now();
    await call(calls++);
    samples.push((performance.now() - began) * 1_000);
  }
  return percentile(samples, 0.5);
}
