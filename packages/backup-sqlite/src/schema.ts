import type { Database } from "better-sqlite3";
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

/** Sets the journal mode, and creates the tables in an empty file. A foreign file stays as it is. */
export function prepareSchema(database: Database, file: string): void {
  const empty = isEmpty(database, file);

  preferPersist(database);
  database.pragma("synchronous = FULL");

  if (empty) createTables(database, file);
}

/** PERSIST survives a power loss, and can read on a full or read-only disk. */
function preferPersist(database: Database): void {
  try {
    database.pragma("journal_mode = PERSIST");
  } catch (error) {
    // Another process keeps the file in WAL mode, as Litestream does. WAL also survives a power loss.
    if (!isBusy(error) || database.pragma("journal_mode", { simple: true }) !== "wal") throw error;
  }
}

function createTables(database: Database, file: string): void {
  const create = database.transaction(() => {
    if (isEmpty(database, file)) database.exec(schema); // Another process may have created them.
  });
  create.exclusive();
}

/** @throws Error if the file belongs to another program or to a later release. */
function isEmpty(database: Database, file: string): boolean {
  // In one transaction, because another process may be creating the tables right now.
  const { owner, found, tables } = database.transaction(() => ({
    owner: database.pragma("application_id", { simple: true }),
    found: database.pragma("user_version", { simple: true }),
    tables: database.prepare("SELECT count(*) FROM sqlite_schema").pluck().get(),
  }))();

  if (owner === 0 && tables === 0) return true;
  if (owner !== applicationId) {
    throw new Error(`${file} is the database of another program: it is left alone. Give the backup a file of its own`);
  }
  if (found !== version) {
    throw new Error(`${file} has format ${String(found)}, this release knows ${version}: update @lastgood/backup-sqlite`);
  }
  return false;
}
