import { closeSync, existsSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { inTransaction, type SqliteDatabase, type SqliteStatement, valueOf } from "@lastgood/backup-sqlite/driver";
import { codeOf, messageOf } from "@lastgood/core/adapter";
import { say } from "../terminal/say.ts";
import { makePrivateDirectory } from "./private-directory.ts";
import { loadSqlite } from "./sqlite.ts";

/** The open database of a cache, with its prepared statements. */
export interface CacheFile {
  readonly database: SqliteDatabase;
  readonly get: SqliteStatement<[id: string, now: number], { stored: Uint8Array }>;
  readonly set: SqliteStatement<NewEntry, unknown>;
  readonly setUnlessNewer: SqliteStatement<OrderedEntry, unknown>;
  readonly delete: SqliteStatement<[id: string], unknown>;
  readonly sweep: SqliteStatement<[now: number], unknown>;
}

type NewEntry = [id: string, stored: Uint8Array, expiresAt: number, loadedAt: number, freshUntil: number];
type OrderedEntry = [...NewEntry, unlessFreshAfter: number];

/** How long to wait for another writer, in milliseconds. A write takes a few. */
const BUSY_TIMEOUT = 900;

/** "lgca" in ASCII: marks the file as a cache of lastgood. */
const APPLICATION_ID = 0x6c676361;

/** Of the table. A table of another version is dropped: what a cache forgets is loaded again. */
const VERSION = 1;

const TABLE = `CREATE TABLE entries (
  id TEXT PRIMARY KEY, stored BLOB NOT NULL, expires_at INTEGER NOT NULL, loaded_at INTEGER NOT NULL, fresh_until INTEGER NOT NULL
) STRICT`;

const INSERT = "INSERT INTO entries (id, stored, expires_at, loaded_at, fresh_until) VALUES (?, ?, ?, ?, ?)";
const REPLACE = "ON CONFLICT DO UPDATE SET (stored, expires_at, loaded_at, fresh_until) = (excluded.stored, excluded.expires_at, excluded.loaded_at, excluded.fresh_until)";
const UNLESS_NEWER = "WHERE excluded.loaded_at > entries.loaded_at OR (excluded.loaded_at = entries.loaded_at AND entries.fresh_until <= ?)";

export function openCacheFile(file: string): CacheFile {
  createPrivately(file);
  const database = loadSqlite().open(file, BUSY_TIMEOUT);
  try {
    // Not WAL: switching to it fails when several processes do so at once, and it adds two more files.
    valueOf(database, "PRAGMA journal_mode = TRUNCATE");
    // A power loss may damage the file, which costs cached answers. An fsync would slow down every run.
    database.exec("PRAGMA synchronous = OFF");
    inTransaction(database, "IMMEDIATE", () => makeTable(database, file));
    return {
      database,
      get: database.prepare("SELECT stored FROM entries WHERE id = ? AND expires_at > ?"),
      set: database.prepare(`${INSERT} ${REPLACE}`),
      setUnlessNewer: database.prepare(`${INSERT} ${REPLACE} ${UNLESS_NEWER}`),
      delete: database.prepare("DELETE FROM entries WHERE id = ?"),
      sweep: database.prepare("DELETE FROM entries WHERE expires_at <= ?"),
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** @throws Error if the file is the database of another program. */
function makeTable(database: SqliteDatabase, file: string): void {
  const owner = valueOf(database, "PRAGMA application_id");
  if (owner === APPLICATION_ID && valueOf(database, "PRAGMA user_version") === VERSION) return;
  const tables = database.prepare<[], { name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  const isOurs = owner === APPLICATION_ID || (owner === 0 && tables.every(({ name }) => name === "cache")); // the table of the first release
  if (!isOurs) throw new Error(`${file} is the database of another program: it is left alone. Give --cache a file of its own`);
  database.exec(`DROP TABLE IF EXISTS cache; DROP TABLE IF EXISTS entries; ${TABLE}`);
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${VERSION}`);
}

/** Does the work. If the file is damaged, moves it aside and does the work again with a new file. */
export function whileWhole<T>(file: string, work: () => T, close: () => void): T {
  const found = inode(file);
  try {
    return work();
  } catch (error) {
    if (!isDamage(error)) throw error;
    close();
    // Another process may have replaced the file already.
    if (inode(file) === found) moveAside(file, error);
    return work();
  }
}

function isDamage(error: unknown): boolean {
  return /^SQLITE_(CORRUPT|NOTADB)/.test(String(codeOf(error)));
}

/** The file is not deleted: the user may have named a valuable file by mistake. */
function moveAside(file: string, error: unknown): void {
  const aside = `${file}.damaged`;
  renameSync(file, aside);
  rmSync(`${file}-journal`, { force: true }); // SQLite would apply it to the new file
  say(`the cache was damaged (${messageOf(error)}): it was moved to ${aside}, and a new one is begun`);
}

function inode(file: string): bigint | undefined {
  return statSync(file, { bigint: true, throwIfNoEntry: false })?.ino;
}

/** Creates the file for its owner alone. SQLite would make it readable for everybody. */
function createPrivately(file: string): void {
  if (existsSync(file)) return;
  makePrivateDirectory(dirname(file));
  // Opened for appending, so that a file of another process stays as it is.
  closeSync(openSync(file, "a", 0o600));
}
