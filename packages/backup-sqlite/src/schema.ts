import { inTransaction, type SqliteDatabase, valueOf } from "./drivers/sqlite.ts";
import { isBusy } from "./errors.ts";

/** "last" in ASCII. Marks the file as ours, for the command `file` and for the check below. */
const applicationId = 0x6c617374;
const version = 1;

/**
 * The tables have a rowid, because tables without one write rows of a kilobyte and more slower.
 *
 * An entry repeats the stamp and size of its newest record, so that a list reads no payloads. There is no auto_vacuum,
 * because it slows down every write, and later writes reuse the pages that a cull frees.
 */
const schema = `
  CREATE TABLE entries (
    id TEXT NOT NULL PRIMARY KEY,
    used_at INTEGER NOT NULL,
    loaded_at INTEGER NOT NULL,
    size INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE records (
    id TEXT NOT NULL,
    loaded_at INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (id, loaded_at)
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

/** @throws Error if the file belongs to another program or to a later release. */
function isEmpty(database: SqliteDatabase, file: string): boolean {
  const owner = valueOf(database, "PRAGMA application_id");
  const found = valueOf(database, "PRAGMA user_version");
  const tables = valueOf(database, "SELECT count(*) FROM sqlite_schema");

  if (owner === 0 && tables === 0) return true;
  if (owner !== applicationId) {
    throw new Error(`${file} is the database of another program: it is left alone. Give the backup a file of its own`);
  }
  if (found !== version) {
    throw new Error(`${file} has format ${String(found)}, this release knows ${version}: update @lastgood/backup-sqlite`);
  }
  return false;
}
