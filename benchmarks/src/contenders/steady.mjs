/** Caches that stand through an outage of seconds, each with a second copy on the disk if it can have one. */

import { join } from "node:path";
import { fsBackup } from "@lastgood/backup-fs";
import { bentocacheOnFiles } from "./bentocache.mjs";
import { Datastore, memoryCache } from "./lastgood.mjs";

/** @typedef {import("./memory.mjs").Load} Load @typedef {import("./memory.mjs").Opened} Opened */

/** @type {Record<string, (directory: string, load: Load, ttl: number) => Promise<Opened> | Opened>} */
export const steady = {
  lastgood(directory, load, ttl) {
    const datastore = new Datastore({ cache: memoryCache(), backup: fsBackup(join(directory, "backups")), ttl });
    return { get: (key) => datastore.get(key, ({ key: own }) => load(own)) };
  },
  async bentocache(directory, load, ttl) {
    const cache = await bentocacheOnFiles(directory);
    return { get: (key) => cache.getOrSet({ key, factory: () => load(key), ttl, grace: "6h", graceBackoff: ttl / 2, timeout: 60_000 }) };
  },
  /** It has no second copy: what has expired in an outage is an error. */
  async "lru-cache fetch"(_directory, load, ttl) {
    const { LRUCache } = await import("lru-cache");
    const cache = new LRUCache({ max: 10_000, ttl, fetchMethod: (/** @type {string} */ key) => /** @type {Promise<{}>} */ (load(key)) });
    return { get: (key) => cache.fetch(key) };
  },
};
