import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import type { ByteCacheAdapter } from "@lastgood/core/adapter";
import Database from "better-sqlite3";

interface Statements {
  readonly database: Database.Database;
  readonly get: Database.Statement<[id: string, now: number], { stored: Buffer }>;
  readonly set: Database.Statement<[id: string, stored: Uint8Array, expiresAt: number]>;
  readonly delete: Database.Statement<[id: string]>;
  readonly sweep: Database.Statement<[now: number]>;
}

/** Another process that writes holds the file for a few milliseconds; this one has nothing better to do than wait. */
const BUSY_TIMEOUT = 500;

/**
 * A byte cache that outlives the process: each run of the command line is a new one. It is one SQLite file, which any
 * number of processes may use at once and anybody may remove at any time.
 *
 * The file is opened by the first call, so that a file that cannot be opened fails that call and not the start.
 */
export function durableCache(file: string): ByteCacheAdapter {
  let opened: Statements | undefined;
  const statements = (): Statements => (opened ??= open(file));

  return {
    name: "cache file",
    stores: "bytes",

    get(id) {
      return statements().get.get(id, Date.now())?.stored;
    },

    set(id, stored, ttlMs) {
      const { database, set, sweep } = statements();
      const now = Date.now();
      const expiresAt = Math.min(Math.ceil(now + ttlMs), Number.MAX_SAFE_INTEGER);
      database
        .transaction(() => {
          sweep.run(now);
          set.run(id, stored, expiresAt);
        })
        .immediate();
    },

    delete(id) {
      statements().delete.run(id);
    },

    close() {
      opened?.database.close();
      opened = undefined;
    },
  };
}

function open(file: string): Statements {
  createPrivately(file);
  const database = new Database(file, { timeout: BUSY_TIMEOUT });
  try {
    // Not WAL: the switch to it fails when several processes make it at once, and it leaves two more files about.
    database.pragma("journal_mode = TRUNCATE");
    database.exec("CREATE TABLE IF NOT EXISTS cache (id TEXT PRIMARY KEY, stored BLOB NOT NULL, expires_at INTEGER NOT NULL) STRICT");
    return {
      database,
      get: database.prepare("SELECT stored FROM cache WHERE id = ? AND expires_at > ?"),
      set: database.prepare("INSERT OR REPLACE INTO cache (id, stored, expires_at) VALUES (?, ?, ?)"),
      delete: database.prepare("DELETE FROM cache WHERE id = ?"),
      sweep: database.prepare("DELETE FROM cache WHERE expires_at <= ?"),
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** SQLite makes its files readable to all; what a command printed is the business of the user who ran it. */
function createPrivately(file: string): void {
  if (existsSync(file)) return;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // For appending, which leaves alone what another process may have made meanwhile.
  closeSync(openSync(file, "a", 0o600));
}
