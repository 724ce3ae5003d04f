/** What lies in a directory of backups, as files: seen from outside. */

import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** @param {string} directory @returns {Promise<string[]>} The path of every file and directory in it. */
export async function everythingIn(directory) {
  return (await readdir(directory, { recursive: true })).map((name) => join(directory, name));
}

/** How a store of files names a record: its id, its stamp, and its use when it was written. */
const RECORD = /^([a-z\d_-]+)~(\d{16})~(\d{16})$/;

/** @param {string} path */
function isRecord(path) {
  return RECORD.test(basename(path));
}

/** @param {string} directory @returns {Promise<string[]>} The path of every record, each id's oldest record first. */
export async function recordsIn(directory) {
  const records = (await everythingIn(directory)).filter(isRecord);
  return records.sort((a, b) => (basename(a) < basename(b) ? -1 : 1));
}

/**
 * @param {string} directory
 * @returns {Promise<{ path: string, id: string, later: string }[]>} The newest record of each key, and where one with a later stamp would be.
 */
export async function newestRecords(directory) {
  const newest = new Map((await recordsIn(directory)).map((path) => [idOf(path), path]));
  return Array.from(newest, ([id, path]) => ({ path, id, later: laterThan(path) }));
}

/** @param {string} path The id of the record there. */
export function idOf(path) {
  return RECORD.exec(basename(path))?.[1] ?? "";
}

/** @param {string} path Of a record. */
function laterThan(path) {
  const [, id, stamp, use] = RECORD.exec(basename(path)) ?? [];
  return join(dirname(path), `${id}~${String(Number(stamp) + 1).padStart(16, "0")}~${use}`);
}
