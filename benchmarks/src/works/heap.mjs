/** The heap that an entry takes: a million of them, less what keys and values take in any case. Needs --expose-gc. */

import { contender } from "../contenders/memory.mjs";
import { Datastore, memoryCache, noBackup } from "../contenders/lastgood.mjs";
import { heapInUse } from "../loops.mjs";

/** @param {{ name: string, entries: number }} params @returns {Promise<number>} Bytes an entry. */
export default async function heap({ name, entries }) {
  // Backups are on a disk, and not on this heap: a datastore here has one that keeps nothing.
  const load = async (/** @type {string} */ key) => ({ id: key.length });
  const cache = name === "lastgood" ? lastgood(load, entries) : await contender(name).open({ load, size: entries });
  await fill(cache, 1_000, "warm-up");
  const before = heapInUse();
  await fill(cache, entries, "key");
  const after = heapInUse();
  await cache.get("key:1"); // it is still there, and no collector may think otherwise
  return (after - before) / entries;
}

/** @param {import("../contenders/memory.mjs").Load} load @param {number} size */
function lastgood(load, size) {
  const datastore = new Datastore({ cache: memoryCache({ maxEntries: size }), backup: noBackup });
  return { get: (/** @type {string} */ key) => datastore.get(key, ({ key: own }) => load(own), "5m") };
}

/** @param {import("../contenders/memory.mjs").Opened} cache @param {number} count @param {string} prefix */
async function fill(cache, count, prefix) {
  for (let index = 0; index < count; index++) await cache.get(`${prefix}:${index}`);
}
