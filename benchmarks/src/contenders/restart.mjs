/** Caches whose second copy is on the disk, so that it survives a restart. */

import { hash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fsBackup } from "@lastgood/backup-fs";
import { sqliteBackup } from "@lastgood/backup-sqlite";
import writeFileAtomic from "write-file-atomic";
import { bentocacheOnFiles } from "./bentocache.mjs";
import { Datastore, memoryCache } from "./lastgood.mjs";

/**
 * @typedef {import("./memory.mjs").Load} Load
 * @typedef {{ get(key: string): Promise<unknown>, close(): Promise<unknown> }} Opened
 */

/** @type {Record<string, (directory: string, load: Load) => Promise<Opened> | Opened>} */
export const contendersOfRestarts = {
  "by hand": (directory, load) => ({ get: (key) => loadOrRead(key, load, join(directory, hash("sha256", key, "hex"))), close: async () => undefined }),
  "lastgood, fs": (directory, load) => lastgood(fsBackup(join(directory, "backups")), load),
  "lastgood, SQLite": (directory, load) => lastgood(sqliteBackup(join(directory, "backups.db")), load),
  async bentocache(directory, load) {
    const cache = await bentocacheOnFiles(directory);
    return { get: (key) => cache.getOrSet({ key, factory: () => load(key), ttl: 1, grace: "6h", graceBackoff: 0, timeout: 60_000 }), close: () => cache.disconnectAll() };
  },
};

/** @param {import("@lastgood/core").BackupAdapter} backup @param {Load} load @returns {Opened} */
function lastgood(backup, load) {
  const datastore = new Datastore({ cache: memoryCache(), backup });
  return { get: (key) => datastore.get(key, ({ key: own }) => load(own), "5m"), close: () => datastore.close() };
}

/** @param {string} key @param {Load} load @param {string} file */
async function loadOrRead(key, load, file) {
  try {
    const value = await load(key);
    await writeFileAtomic(file, JSON.stringify(value));
    return value;
  } catch {
    return JSON.parse(await readFile(file, "utf8"));
  }
}
