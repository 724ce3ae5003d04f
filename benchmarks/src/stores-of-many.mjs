/**
 * Fills backups with more records than there is time to write one by one: straight into their files, unflushed, as the
 * backups lay them out. Whoever uses such a store checks that the backup lists as many as were made.
 */

import { hash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { backups } from "./contenders/protocols.mjs";

const DAY = 24 * 3_600_000;

/** When a record was loaded and used last: those that are to be culled two months ago, the others yesterday. */
function useOf(/** @type {number} */ index, /** @type {number} */ unused) {
  return Date.now() - (index < unused ? 60 * DAY : DAY);
}

/** @param {string} directory @param {number} records @param {number} unused */
export async function fillDirectory(directory, records, unused) {
  /** @type {Map<string, number>} How many records each directory has. */
  const counts = new Map();
  for (let index = 0; index < records; index++) {
    const id = idOf(index);
    const folder = roomFor(join(directory, "backups"), hash("sha256", id, "hex"), counts);
    const time = String(useOf(index, unused)).padStart(16, "0");
    writeFileSync(join(folder, `${id}~${time}~${time}`), "record");
  }
}

/** The topmost directory with fewer than a hundred records, of those named by the digits. @param {string} root @param {string} digits @param {Map<string, number>} counts */
function roomFor(root, digits, counts) {
  let folder = root;
  for (const digit of digits) {
    folder = join(folder, digit);
    const count = counts.get(folder) ?? 0;
    if (count === 0) mkdirSync(folder, { recursive: true });
    counts.set(folder, count + 1);
    if (count < 100) break;
  }
  return folder;
}

/** @param {string} directory @param {number} records @param {number} unused */
export async function fillDatabase(directory, records, unused) {
  const backup = backups["SQLite"]?.({ directory });
  await backup?.write("first", new Uint8Array(100), { loadedAt: Date.now(), usedAt: Date.now() }); // makes the tables
  await backup?.close?.();

  const database = new Database(join(directory, "backups.db"));
  database.pragma("synchronous = OFF");
  const addPayload = database.prepare("INSERT INTO payloads (bytes) VALUES (?)");
  const addRecord = database.prepare("INSERT INTO records (id, loaded_at, used_at, size, payload) VALUES (?, ?, ?, ?, last_insert_rowid())");
  const bytes = Buffer.alloc(100, "r");
  database.transaction(() => {
    for (let index = 0; index < records; index++) {
      const time = useOf(index, unused);
      addPayload.run(bytes);
      addRecord.run(idOf(index), time, time, bytes.length);
    }
  })();
  database.close();
}

/** Such as core makes them: a slug and a hash. @param {number} index */
function idOf(index) {
  return `product-${index}-${hash("sha256", String(index), "hex").slice(0, 32)}`;
}
