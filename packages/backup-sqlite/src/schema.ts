import type { Database } from "better-sqlite3";
import { isBusy } from "./errors.ts";

/** "last" in ASCII: marks the file as ours, for `file` and for the check below. */
const applicationId = 0x6c617374;
const version = 1;

/**
 * Tables with a rowid: those without one are slower to write rows of a kilobyte and more.
 *
 * An entry repeats what is known of its newest record, so that listing reads no payloads. There is no auto_vacuum: it
 * costs every write, and the pages that a cull frees are filled again by what is written next.
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

/** Sets how the file is written, and makes the tables if it is empty. A file that is not ours stays as it is. */
export function prepareSchema(database: Database, file: string): void {
  const empty = isEmpty(database, file);

  preferPersist(database);
  database.pragma("synchronous = FULL");

  if (empty) createTables(database, file);
}

/** Of the modes that lose nothing at a power cut, the one that reads on a full or read-only disk, too. */
function preferPersist(database: Database): void {
  try {
    database.pragma("journal_mode = PERSIST");
  } catch (error) {
    // Somebody else has switched the file to WAL and reads it, for good if it is Litestream. WAL loses nothing either.
    if (!isBusy(error) || database.pragma("journal_mode", { simple: true }) !== "wal") throw error;
  }
}

function createTables(database: Database, file: string): void {
  const create = database.transaction(() => {
    if (isEmpty(database, file)) database.exec(schema); // Another process may have been here first.
  });
  create.exclusive();
}

/** @throws if the file belongs to another program, or to a later release. */
function isEmpty(database: Database, file: string): boolean {
  // In one transaction: another process may be making the tables at this moment.
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
