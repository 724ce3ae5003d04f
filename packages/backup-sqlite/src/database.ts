import Database from "better-sqlite3";
import type { Operations } from "./calls.ts";
import { isBusy, notThere, replaced } from "./errors.ts";
import { createPrivately, fileAt } from "./file.ts";
import { prepareOperations } from "./operations.ts";
import type { Settings } from "./options.ts";
import { prepareSchema } from "./schema.ts";

/** How long SQLite itself waits for a lock, in milliseconds. Short, because reads wait behind it. */
const busyWait = 50;

interface Connection {
  readonly database: Database.Database;
  readonly operations: Operations;
  /** The identity of the open file, which the path may no longer lead to. */
  readonly file: string | undefined;
}

/**
 * The connection to the file. It is opened on demand, and again after every error and whenever the path leads to another
 * file. Without this, SQLite would write to an unlinked file and report success.
 */
export class BackupDatabase {
  readonly #settings: Settings;
  #connection: Connection | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  query<T>(work: (operations: Operations) => T): T {
    return this.#closingOnError(() => work(this.#connected().operations));
  }

  /** Returns once the work is committed and flushed to the file that the path leads to now. */
  transaction<T>(work: (operations: Operations) => T): T {
    return this.#closingOnError(() => {
      const connection = this.#connected();
      // Exclusive takes every lock at the start, so another process can block the start but never the commit.
      const result = connection.database.transaction(() => work(connection.operations)).exclusive();
      if (!this.#isCurrent(connection)) throw replaced(this.#settings.file);
      return result;
    });
  }

  #connected(): Connection {
    if (this.#connection !== undefined && this.#isCurrent(this.#connection)) return this.#connection;
    this.#close();
    this.#connection = connect(this.#settings);
    return this.#connection;
  }

  #isCurrent({ file }: Connection): boolean {
    return file === fileAt(this.#settings.file);
  }

  /** The state of a connection is unreliable after a failed flush, or if the file was truncated. */
  #closingOnError<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error)) this.#close();
      throw error;
    }
  }

  #close(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.database.close();
  }
}

function connect({ file, generations, busyTimeout, mustExist }: Settings): Connection {
  if (!mustExist) createPrivately(file);
  const identity = fileAt(file);
  if (mustExist && identity === undefined) throw notThere(file);
  const database = new Database(file, { fileMustExist: true, timeout: Math.min(busyWait, busyTimeout) });
  try {
    prepareSchema(database, file);
    return { database, operations: prepareOperations(database, generations), file: identity };
  } catch (error) {
    database.close();
    throw error;
  }
}
