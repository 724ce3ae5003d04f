import type { BackupInfo, BackupRecord } from "@lastgood/core/adapter";
import type { Operations } from "./calls.ts";
import type { SqliteDatabase } from "./drivers/sqlite.ts";

/** Prepares the statements. An operation may run several of them, so the caller wraps it in a transaction. */
export function prepareOperations(database: SqliteDatabase, generations: number): Operations {
  const read = database.prepare<[string, number], BackupRecord>(
    "SELECT bytes, loaded_at AS loadedAt FROM records WHERE id = ? AND loaded_at < ? ORDER BY loaded_at DESC LIMIT 1",
  );
  const page = database.prepare<[string, number], BackupInfo>(
    "SELECT id, used_at AS usedAt, loaded_at AS loadedAt, size FROM entries WHERE id > ? ORDER BY id LIMIT ?",
  );

  // The later of two writes with one stamp replaces the record.
  const addRecord = database.prepare<[string, number, Uint8Array]>(
    "INSERT INTO records (id, loaded_at, bytes) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET bytes = excluded.bytes",
  );
  const dropOldRecords = database.prepare<[string, string, number]>(
    `DELETE FROM records WHERE id = ? AND loaded_at <
       (SELECT loaded_at FROM records WHERE id = ? ORDER BY loaded_at DESC LIMIT 1 OFFSET ?)`,
  );
  const noteNewest = database.prepare<[number, string], { newest: number }>(
    `INSERT INTO entries (id, used_at, loaded_at, size)
       SELECT id, ?, loaded_at, length(bytes) FROM records WHERE id = ? ORDER BY loaded_at DESC LIMIT 1
     ON CONFLICT DO UPDATE SET
       used_at = max(used_at, excluded.used_at), loaded_at = excluded.loaded_at, size = excluded.size
     RETURNING loaded_at AS newest`,
  );

  const touch = database.prepare<[number, string, number]>("UPDATE entries SET used_at = ? WHERE id = ? AND used_at < ?");
  const dropEntry = database.prepare<[string, number]>("DELETE FROM entries WHERE id = ? AND used_at < ?");
  const dropRecords = database.prepare<[string]>("DELETE FROM records WHERE id = ?");

  return {
    read({ id, before }) {
      const record = read.get(id, before);
      return record && { bytes: new Uint8Array(record.bytes), loadedAt: record.loadedAt };
    },

    page({ after, limit }) {
      return page.all(after, limit);
    },

    write({ id, bytes, loadedAt, usedAt }) {
      addRecord.run(id, loadedAt, bytes);
      dropOldRecords.run(id, id, generations - 1);
      const entry = noteNewest.get(usedAt, id);
      if (entry === undefined) throw new Error("SQLite returned no row for the one it has inserted");
      return entry.newest;
    },

    touch({ id, usedAt }) {
      touch.run(usedAt, id, usedAt);
    },

    delete({ id, ifUsedBefore }) {
      if (dropEntry.run(id, ifUsedBefore) === 0) return false;
      dropRecords.run(id);
      return true;
    },
  };
}
