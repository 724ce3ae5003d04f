import { createRequire } from "node:module";
import type { SqliteDatabase, SqliteDriver, SqliteValue } from "./sqlite.ts";

/** What is used of `bun:sqlite`, whose types come with bun. */
interface BunSqlite {
  readonly Database: new (file: string, options: { readonly readwrite: true; readonly create: false }) => BunDatabase;
}

interface BunDatabase {
  prepare(sql: string): BunStatement;
  exec(sql: string): void;
  close(throwOnError: boolean): void;
}

interface BunStatement {
  get(...parameters: readonly SqliteValue[]): unknown;
  all(...parameters: readonly SqliteValue[]): unknown[];
  run(...parameters: readonly SqliteValue[]): { readonly changes: number };
  finalize(): void;
}

/** @throws Error if this runtime is not bun. */
export function bunSqlite(): SqliteDriver {
  const { Database } = createRequire(import.meta.url)("bun:sqlite") as BunSqlite; // as documented
  return {
    name: "bun:sqlite",
    open(file, busyTimeout) {
      const database = new Database(file, { readwrite: true, create: false });
      database.exec(`PRAGMA busy_timeout = ${busyTimeout}`);
      return wrapped(database);
    },
  };
}

/** Its errors have SQLite's codes already. */
function wrapped(database: BunDatabase): SqliteDatabase {
  const statements = new Map<string, BunStatement>();
  return {
    prepare<Parameters extends readonly SqliteValue[], Row>(sql: string) {
      const statement = statements.get(sql) ?? database.prepare(sql);
      statements.set(sql, statement);
      // The caller knows which rows its statement returns. The client answers null for none.
      return {
        get: (...parameters: Parameters) => (statement.get(...parameters) ?? undefined) as Row | undefined,
        all: (...parameters: Parameters) => statement.all(...parameters) as readonly Row[],
        run: (...parameters: Parameters) => statement.run(...parameters).changes,
      };
    },
    exec: (sql) => void database.exec(sql),
    // The client would keep the file open until the last statement is collected as garbage.
    close() {
      for (const statement of statements.values()) statement.finalize();
      database.close(true);
    },
  };
}
