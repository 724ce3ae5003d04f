/** Makes more records than there is time to write durably: as core makes them, but straight into the file of a SQLite backup, unflushed. */

import { memoryCache } from "@lastgood/cache-memory";
import { Datastore } from "@lastgood/core";
import { sqliteBackup } from "@lastgood/backup-sqlite";
import Database from "better-sqlite3";

const AT_ONCE = 1_000;

/** @param {number} index */
export const keyOf = (index) => `product:${index}`;

/** @param {string} file @param {number} count */
export async function makeRecords(file, count) {
  await makeTables(file);
  const database = new Database(file);
  database.pragma("synchronous = OFF");
  const datastore = new Datastore({ cache: memoryCache({ maxEntries: AT_ONCE }), backup: straightInto(database), cullAfter: Infinity });
  for (let begin = 0; begin < count; begin += AT_ONCE) {
    database.exec("BEGIN");
    const indices = Array.from({ length: Math.min(AT_ONCE, count - begin) }, (_, at) => begin + at);
    await Promise.all(indices.map((index) => datastore.set(keyOf(index), `value ${index}`)));
    database.exec("COMMIT");
  }
  await datastore.close();
  database.close();
}

/** @param {string} file */
async function makeTables(file) {
  const backup = sqliteBackup(file);
  await backup.write("first", new Uint8Array(), { loadedAt: 1, usedAt: 1 });
  await backup.delete("first");
  await backup.close?.();
}

/** What makes records needs to read none. @param {import("better-sqlite3").Database} database @returns {import("@lastgood/core").BackupAdapter} */
function straightInto(database) {
  const payload = database.prepare("INSERT INTO payloads (bytes) VALUES (?)");
  const record = database.prepare("INSERT INTO records (id, loaded_at, used_at, size, payload) VALUES (?, ?, ?, ?, last_insert_rowid())");
  return {
    name: "sqlite, unflushed",
    read: () => undefined,
    write(id, bytes, { loadedAt, usedAt }) {
      payload.run(bytes);
      record.run(id, loadedAt, usedAt, bytes.byteLength);
      return loadedAt;
    },
    touch: () => undefined,
    async *list() {},
    delete: () => false,
  };
}
