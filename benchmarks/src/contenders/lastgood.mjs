/** Parts that several works make datastores of. */

import { memoryCache } from "@lastgood/cache-memory";
import { Datastore } from "@lastgood/core";
import { memoryBackup } from "@lastgood/core/testing";

export { Datastore, memoryCache };

/** A backup in memory that counts its reads of values. */
export function countingBackup() {
  const store = memoryBackup();
  let reads = 0;
  /** @type {import("@lastgood/core").BackupAdapter} */
  const adapter = {
    ...store,
    read(id, options) {
      if (!id.startsWith("o_")) reads++; // the others are records of outages
      return store.read(id, options);
    },
  };
  return {
    adapter,
    reads: () => reads,
    /** As an earlier process has left it. @param {string} key @param {unknown} value */
    async fill(key, value) {
      const datastore = new Datastore({ cache: memoryCache(), backup: store });
      await datastore.set(key, value);
      await datastore.close();
    },
  };
}

/** A cache that has nothing, so that every get loads. @type {import("@lastgood/core").ValueCacheAdapter} */
export const noCache = { name: "none", stores: "values", get: () => undefined, set: () => undefined, delete: () => undefined };

/** A backup that keeps nothing, for what is not about backups. @type {import("@lastgood/core").BackupAdapter} */
export const noBackup = {
  name: "none",
  read: () => undefined,
  write: (_id, _bytes, { loadedAt }) => loadedAt,
  touch: () => undefined,
  async *list() {},
  delete: () => false,
};

/**
 * A datastore whose every get knows how to load, and which keeps no backup.
 * @param {import("@lastgood/core").DatastoreOptions["cache"]} cache
 * @param {import("./memory.mjs").Load} load
 * @returns {import("./memory.mjs").Opened}
 */
export function withoutBackup(cache, load) {
  const datastore = new Datastore({ cache, backup: noBackup });
  const loader = (/** @type {{ key: string }} */ { key }) => load(key);
  return { get: (key) => datastore.get(key, loader, "5m") };
}
