/** The names of the clients of SQLite that can be used. */
export type DriverName = "better-sqlite3" | "bun:sqlite" | "node:sqlite";

/** A value that a statement takes. */
export type SqliteValue = string | number | Uint8Array;

/** A prepared statement. It holds no lock between calls. */
export interface SqliteStatement<Parameters extends readonly SqliteValue[], Row> {
  /** The first row; `undefined` if there is none. Bytes in it may be a Buffer. */
  get(...parameters: Parameters): Row | undefined;
  all(...parameters: Parameters): readonly Row[];
  /** Runs a statement that returns no rows. Returns how many rows it has changed. */
  run(...parameters: Parameters): number;
}

/**
 * An open database. Each method throws an error that has SQLite's own code as its `code`, such as `"SQLITE_BUSY"` or
 * `"SQLITE_IOERR_FSYNC"`. Whole numbers up to `Number.MAX_SAFE_INTEGER` come back as they were.
 */
export interface SqliteDatabase {
  prepare<Parameters extends readonly SqliteValue[] = [], Row = unknown>(sql: string): SqliteStatement<Parameters, Row>;
  /** Runs any number of statements, whose rows are dropped. */
  exec(sql: string): void;
  close(): void;
}

/** A client of SQLite. */
export interface SqliteDriver {
  readonly name: DriverName;
  /** Opens an existing file. Waits `busyTimeout` milliseconds for a lock that another connection holds. */
  open(file: string, busyTimeout: number): SqliteDatabase;
}

/**
 * Runs the work in one transaction. An error rolls it back.
 *
 * @param kind When it takes its locks. Exclusive takes all of them at the start.
 */
export function inTransaction<T>(database: SqliteDatabase, kind: "DEFERRED" | "IMMEDIATE" | "EXCLUSIVE", work: () => T): T {
  run(database, `BEGIN ${kind}`);
  try {
    const result = work();
    run(database, "COMMIT");
    return result;
  } catch (error) {
    rollBack(database);
    throw error;
  }
}

/** SQLite itself has rolled back after some errors, such as a full disk. Then there is nothing to roll back. */
function rollBack(database: SqliteDatabase): void {
  try {
    run(database, "ROLLBACK");
  } catch {
    // The error that led here is the one to report.
  }
}

/** Statements that begin and end transactions. To prepare them anew each time takes longer than to run them. */
const prepared = new WeakMap<SqliteDatabase, Map<string, SqliteStatement<[], unknown>>>();

/** Not with exec, whose errors have no code on Deno. */
function run(database: SqliteDatabase, sql: string): void {
  const statement = prepared.get(database)?.get(sql) ?? prepareOnce(database, sql);
  statement.run();
}

function prepareOnce(database: SqliteDatabase, sql: string): SqliteStatement<[], unknown> {
  const statement = database.prepare(sql);
  const others = prepared.get(database);
  if (others === undefined) prepared.set(database, new Map([[sql, statement]]));
  else others.set(sql, statement);
  return statement;
}

/** The first column of the first row, such as the value of a pragma. */
export function valueOf(database: SqliteDatabase, sql: string): unknown {
  return Object.values(database.prepare<[], object>(sql).get() ?? {})[0];
}
