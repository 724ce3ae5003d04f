import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type Client from "better-sqlite3";
import type { SqliteDatabase, SqliteDriver, SqliteValue } from "./sqlite.ts";

/** @throws Error if the package is not installed, or was not built for this runtime. */
export function betterSqlite3(): SqliteDriver {
  // Resolved as an import is, because NODE_PATH and folders of the home directory are no place to find an addon by chance.
  const entry = fileURLToPath(import.meta.resolve("better-sqlite3"));
  const Database = createRequire(import.meta.url)(entry) as typeof Client; // the package exports this class
  // The package loads its addon for the first database.
  new Database(":memory:").close();
  return {
    name: "better-sqlite3",
    open: (file, busyTimeout) => wrapped(new Database(file, { fileMustExist: true, timeout: busyTimeout })),
  };
}

/** Its errors have SQLite's codes already. */
function wrapped(database: Client.Database): SqliteDatabase {
  return {
    prepare<Parameters extends readonly SqliteValue[], Row>(sql: string) {
      // The client wants an array that can change.
      const statement = database.prepare<[...Parameters], Row>(sql);
      return {
        get: (...parameters: Parameters) => statement.get(...parameters),
        all: (...parameters: Parameters) => statement.all(...parameters),
        run: (...parameters: Parameters) => statement.run(...parameters).changes,
      };
    },
    exec: (sql) => void database.exec(sql),
    close: () => void database.close(),
  };
}
