import Database from "better-sqlite3";
import type { Operations } from "./calls.ts";
import { isBusy, notThere, replaced } from "./errors.ts";
import { createPrivately, fileAt } from "./file.ts";
import { prepareOperations } from "./operations.ts";
import type { Settings } from "./options.ts";
import { prepareSchema } from "./schema.ts";

/** How long SQLite itself waits for a lock, in milliseconds: reads that could go on wait behind it. */
const busyWait = 50;

interface Connection {
  readonly database: Database.Database;
  readonly operations: Operations;
  /** Which file it is, whatever its path may lead to by now. */
  readonly file: string | undefined;
}

/**
 * The connection to the file: opened when it is needed, and anew after every error and whenever the path has come to
 * lead to another file. SQLite would go on writing to a file that has been unlinked, and report success.
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

  /** Returns once the work is committed: flushed, and in the file that is there now. */
  transaction<T>(work: (operations: Operations) => T): T {
    return this.#closingOnError(() => {
      const connection = this.#connected();
      // Exclusive takes every lock at the start: only here can another process be in the way, never at the commit.
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

  /** What a connection believes after a failed flush, or of a file that was cut under it, is not to be built on. */
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
