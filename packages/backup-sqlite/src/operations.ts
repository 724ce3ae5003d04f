import type { BackupInfo, BackupRecord } from "@lastgood/core/adapter";
import type { Operations } from "./calls.ts";
import type { SqliteDatabase } from "./drivers/sqlite.ts";

/** What a row of records has of one record. The newest of an id has the latest use of all of them. */
interface Found {
  readonly loadedAt: number;
  readonly usedAt: number;
  readonly payload: number;
}

/** Prepares the statements. An operation may run several of them, so the caller wraps it in a transaction. */
export function prepareOperations(database: SqliteDatabase, generations: number): Operations {
  const read = database.prepare<[string, number], BackupRecord>(
    `SELECT bytes, loaded_at AS loadedAt FROM records JOIN payloads ON number = payload
       WHERE id = ? AND loaded_at < ? ORDER BY loaded_at DESC LIMIT 1`,
  );
  // SQLite takes the other columns from the row that has the maximum: https://sqlite.org/lang_select.html#bareagg
  const page = database.prepare<[string, number], BackupInfo>(
    "SELECT id, used_at AS usedAt, max(loaded_at) AS loadedAt, size FROM records WHERE id > ? GROUP BY id ORDER BY id LIMIT ?",
  );
  const find = database.prepare<[string], Found>(
    "SELECT loaded_at AS loadedAt, used_at AS usedAt, payload FROM records WHERE id = ? ORDER BY loaded_at DESC",
  );

  const addPayload = database.prepare<[Uint8Array]>("INSERT INTO payloads (bytes) VALUES (?)");
  const addRecord = database.prepare<[string, number, number, number]>(
    "INSERT INTO records (id, loaded_at, used_at, size, payload) VALUES (?, ?, ?, ?, last_insert_rowid())",
  );
  const touch = database.prepare<[number, string, number, string]>(
    "UPDATE records SET used_at = ? WHERE id = ? AND used_at < ? AND loaded_at = (SELECT max(loaded_at) FROM records WHERE id = ?)",
  );
  const dropPayload = database.prepare<[number]>("DELETE FROM payloads WHERE number = ?");
  const dropRecord = database.prepare<[string, number]>("DELETE FROM records WHERE id = ? AND loaded_at = ?");

  const add = (id: string, bytes: Uint8Array, loadedAt: number, usedAt: number): void => {
    addPayload.run(bytes);
    addRecord.run(id, loadedAt, usedAt, bytes.byteLength);
  };

  const drop = (id: string, { loadedAt, payload }: Found): void => {
    dropPayload.run(payload);
    dropRecord.run(id, loadedAt);
  };

  return {
    read(id, before) {
      const record = read.get(id, before);
      return record && { bytes: new Uint8Array(record.bytes), loadedAt: record.loadedAt };
    },

    page(after, limit) {
      return page.all(after, limit);
    },

    write(id, bytes, loadedAt, usedAt) {
      const found = find.all(id);
      if (found.length === 0) {
        add(id, bytes, loadedAt, usedAt);
        return loadedAt;
      }
      // The later of two writes with one stamp replaces the record.
      const others = found.filter((other) => other.loadedAt !== loadedAt);
      const newer = others.filter((other) => other.loadedAt > loadedAt);
      const keepsIt = newer.length < generations;
      const kept = new Set(others.slice(0, keepsIt ? generations - 1 : generations));
      for (const one of found) if (!kept.has(one)) drop(id, one);

      const latestUse = Math.max(usedAt, found[0]?.usedAt ?? usedAt);
      if (keepsIt) add(id, bytes, loadedAt, latestUse);
      if (newer.length > 0) touch.run(latestUse, id, latestUse, id);
      return newer[0]?.loadedAt ?? loadedAt;
    },

    touch(id, usedAt) {
      touch.run(usedAt, id, usedAt, id);
    },

    delete(id, ifUsedBefore) {
      const found = find.all(id);
      const [newest] = found;
      if (newest === undefined || newest.usedAt >= ifUsedBefore) return false;
      for (const one of found) drop(id, one);
      return true;
    },
  };
}
