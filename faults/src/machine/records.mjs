/** What lies in a directory of backups, as files: seen from outside. */

import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";

/** @param {string} directory @returns {Promise<string[]>} The path of every file and directory in it. */
export async function everythingIn(directory) {
  return (await readdir(directory, { recursive: true })).map((name) => join(directory, name));
}

/** @param {string} directory @returns {Promise<{ path: string, stamp: number }[]>} The newest record of each key. */
export async function newestRecords(directory) {
  const records = (await everythingIn(directory)).filter((path) => /\/\d{16}$/.test(path)).sort();
  const newest = new Map(records.map((path) => [dirname(path), path]));
  return Array.from(newest.values(), (path) => ({ path, stamp: Number(path.slice(-16)) }));
}
