/** What the broken backups have in common: one file for each id, and in it the record that was written last. */

import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";

/** @typedef {import("@lastgood/core/adapter").BackupAdapter} BackupAdapter */
/** @typedef {import("@lastgood/core/adapter").BackupFactory} BackupFactory */

/** Where an envelope says when its value was loaded. */
const LOADED_AT = 18;

/**
 * A backup in a directory, for URLs of `scheme`, which writes as `write` does.
 * @param {string} scheme
 * @param {(path: string, bytes: Uint8Array) => Promise<void>} write
 * @returns {BackupFactory}
 */
export function brokenBackup(scheme, write) {
  /** @param {string} directory @returns {BackupAdapter} */
  const create = (directory) => ({
    name: scheme,
    read: (id, { before = Infinity } = {}) => readRecord(join(directory, id), before),
    async write(id, bytes, { loadedAt }) {
      await write(join(directory, id), bytes);
      return loadedAt;
    },
    touch: () => {},
    async *list() {
      for (const id of await readdir(directory)) yield { id, usedAt: Date.now(), loadedAt: 0, size: 0 };
    },
    delete: (id) => rm(join(directory, id)).then(() => true, () => false),
  });
  return Object.assign(create, {
    kind: /** @type {const} */ ("backup"),
    schemes: [scheme],
    urlOptions: [],
    /** @param {import("@lastgood/core/adapter").StoreUrl} url */
    fromUrl: ({ location }) => create(location),
  });
}

/** @param {string} path @param {number} before */
async function readRecord(path, before) {
  const bytes = await readFile(path).catch(() => undefined);
  if (bytes === undefined) return undefined;
  const loadedAt = bytes.length < LOADED_AT + 8 ? 0 : bytes.readDoubleLE(LOADED_AT);
  return loadedAt < before ? { bytes, loadedAt } : undefined;
}
