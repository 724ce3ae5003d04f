import { inTransaction, type SqliteDatabase, valueOf } from "./drivers/sqlite.ts";
import { isBusy } from "./errors.ts";

/** "last" in ASCII. Marks the file as ours, for the command `file` and for the check below. */
const applicationId = 0x6c617374;
/** Format 1 was never published. */
const version = 2;

/**
 * A record is one row of a few words, and its payload is another. So a list reads no payloads, and a touch rewrites none. A
 * new record changes two pages besides the header.
 *
 * Payloads have a rowid, because tables without one write rows of a kilobyte and more slower. The rows of records are
 * short, and need no index besides their own order. There is no auto_vacuum, because it slows down every write, and later
 * writes reuse the pages that a cull frees.
 */
const schema = `
  CREATE TABLE records (
    id TEXT NOT NULL,
    loaded_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL,
    size INTEGER NOT NULL,
    payload INTEGER NOT NULL,
    PRIMARY KEY (id, loaded_at)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE payloads (
    number INTEGER PRIMARY KEY,
    bytes BLOB NOT NULL
  ) STRICT;

  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${version};
`;

/** Creates the tables in an empty file, and sees to it that commits are flushed. A foreign file stays as it is. */
export function prepareSchema(database: SqliteDatabase, file: string): void {
  database.exec("PRAGMA synchronous = FULL");
  // In one transaction, because another process may be creating the tables right now.
  if (inTransaction(database, "DEFERRED", () => isEmpty(database, file))) createTables(database, file);
}

/**
 * PERSIST survives a power loss, and can read on a full or read-only disk. Another process may keep the file in WAL mode, as
 * Litestream does. WAL also survives a power loss.
 */
export function preferPersist(database: SqliteDatabase): void {
  try {
    valueOf(database, "PRAGMA journal_mode = PERSIST");
  } catch (error) {
    if (!isBusy(error) || journalMode(database) !== "wal") throw error;
  }
}

function journalMode(database: SqliteDatabase): unknown {
  return valueOf(database, "PRAGMA journal_mode");
}

function createTables(database: SqliteDatabase, file: string): void {
  preferPersist(database);
  inTransaction(database, "EXCLUSIVE", () => {
    if (isEmpty(database, file)) database.exec(schema); // Another process may have created them.
  });
}

/** @throws Error if the file belongs to another program, or has another format. */
function isEmpty(database: SqliteDatabase, file: string): boolean {
  const owner = valueOf(database, "PRAGMA application_id");
  const found = valueOf(database, "PRAGMA user_version");
  const tables = valueOf(database, "SELECT count(*) FROM sqlite_schema");

  if (owner === 0 && tables === 0) return true;
  if (owner !== applicationId) {
    throw new Error(`${file} is the database of another program: it is left alone. Give the backup a file of its own`);
  }
  if (found !== version) {
    const remedy = Number(found) < version ? "move it away, and a new one is begun" : "update @lastgood/backup-sqlite";
    throw new Error(`${file} has format ${String(found)}, this release knows ${version}: ${remedy}`);
  }
  return false;
}
