import type { Details, Operations } from "./calls.ts";
import { inTransaction, type SqliteDatabase, type SqliteDriver, valueOf } from "./drivers/sqlite.ts";
import { isBusy, notThere, replaced } from "./errors.ts";
import { createPrivately, fileAt } from "./file.ts";
import { prepareOperations } from "./operations.ts";
import type { Settings } from "./options.ts";
import { preferPersist, prepareSchema } from "./schema.ts";

/** How long SQLite itself waits for a lock, in milliseconds. Short, because reads wait behind it. */
const busyWait = 50;

interface Connection {
  readonly database: SqliteDatabase;
  readonly operations: Operations;
  /** The identity of the open file, which the path may no longer lead to. */
  readonly file: string | undefined;
  /** Whether the journal is as writes want it. */
  writesAreReady: boolean;
}

/**
 * The connection to the file. It is opened on demand, and again after every error and whenever the path leads to another
 * file. Without this, SQLite would write to an unlinked file and report success.
 */
export class BackupDatabase {
  readonly #driver: SqliteDriver;
  readonly #settings: Settings;
  #details: Details | undefined;
  #connection: Connection | undefined;

  constructor(driver: SqliteDriver, settings: Settings) {
    this.#driver = driver;
    this.#settings = settings;
  }

  /** `undefined` until the file has been opened once. */
  get details(): Details | undefined {
    return this.#details;
  }

  query<T>(work: (operations: Operations) => T): T {
    try {
      return work(this.#connected().operations);
    } catch (error) {
      throw this.#closedAfter(error, "read");
    }
  }

  /** Returns once the work is committed and flushed to the file that the path leads to now. */
  transaction<T>(work: (operations: Operations) => T): T {
    try {
      const connection = this.#connected();
      if (!connection.writesAreReady) prepareWrites(connection, this.#settings);
      // Exclusive takes every lock at the start, so another process can block the start but never the commit.
      const result = inTransaction(connection.database, "EXCLUSIVE", () => work(connection.operations));
      if (!this.#isCurrent(connection)) throw replaced(this.#settings.file, "written");
      return result;
    } catch (error) {
      throw this.#closedAfter(error, "written");
    }
  }

  #connected(): Connection {
    if (this.#connection !== undefined && this.#isCurrent(this.#connection)) return this.#connection;
    this.#close();
    this.#connection = connect(this.#driver, this.#settings);
    this.#details ??= { driver: this.#driver.name, sqlite: String(valueOf(this.#connection.database, "SELECT sqlite_version()")) };
    return this.#connection;
  }

  #isCurrent({ file }: Connection): boolean {
    return file === fileAt(this.#settings.file);
  }

  /** The state of a connection is unreliable after a failed flush, or if the file was truncated. */
  #closedAfter(error: unknown, during: "read" | "written"): unknown {
    if (isBusy(error)) return error;
    const connection = this.#close();
    return connection === undefined ? error : unlessReplaced(error, connection.file, this.#settings, during);
  }

  #close(): Connection | undefined {
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.database.close();
    return connection;
  }
}

function connect(driver: SqliteDriver, settings: Settings): Connection {
  const { file, generations, mustExist } = settings;
  if (!mustExist) createPrivately(file);
  const identity = fileAt(file);
  if (mustExist && identity === undefined) throw notThere(file);
  const database = driver.open(file, waitOf(settings));
  try {
    prepareSchema(database, file);
    return { database, operations: prepareOperations(database, generations), file: identity, writesAreReady: false };
  } catch (error) {
    database.close();
    throw isBusy(error) ? error : unlessReplaced(error, identity, settings, "opened");
  }
}

/** Without its file, SQLite reports what it missed first, such as SQLITE_IOERR_FSTAT when it opens the journal. */
function unlessReplaced(error: unknown, identity: string | undefined, { file }: Settings, during: "opened" | "read" | "written"): unknown {
  return fileAt(file) === identity ? error : replaced(file, during);
}

/**
 * Not when the file is opened, because reads need no journal: they must not wait for a process that keeps the file in WAL
 * mode. Nor do writes wait for it.
 */
function prepareWrites(connection: Connection, settings: Settings): void {
  const { database } = connection;
  database.exec("PRAGMA busy_timeout = 0");
  try {
    preferPersist(database);
    connection.writesAreReady = true;
  } finally {
    database.exec(`PRAGMA busy_timeout = ${waitOf(settings)}`);
  }
}

function waitOf({ busyTimeout }: Settings): number {
  return Math.min(busyWait, busyTimeout);
}
