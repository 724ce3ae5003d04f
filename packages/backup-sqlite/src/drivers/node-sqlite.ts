import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { codeOf, messageOf } from "@lastgood/core/adapter";
import { codeOfMessage, nameOfCode } from "./result-codes.ts";
import type { SqliteDatabase, SqliteDriver, SqliteValue } from "./sqlite.ts";

/** What is used of `node:sqlite`, which the types of Node 20 lack. */
interface NodeSqlite {
  readonly DatabaseSync: new (file: string | URL) => NodeDatabase;
}

interface NodeDatabase {
  prepare(sql: string): NodeStatement;
  exec(sql: string): void;
  close(): void;
}

interface NodeStatement {
  get(...parameters: readonly SqliteValue[]): unknown;
  all(...parameters: readonly SqliteValue[]): unknown[];
  run(...parameters: readonly SqliteValue[]): { readonly changes: number | bigint };
}

/** @throws Error if this runtime has none: Node has it from 22.13 on. */
export function nodeSqlite(): SqliteDriver {
  const { DatabaseSync } = createRequire(import.meta.url)("node:sqlite") as NodeSqlite; // as documented
  return {
    name: "node:sqlite",
    open(file, busyTimeout) {
      const database = coded(() => openExisting(DatabaseSync, file));
      // Not as an option, which the first releases do not know.
      database.exec(`PRAGMA busy_timeout = ${busyTimeout}`);
      return wrapped(database);
    },
  };
}

/** The client creates a missing file, unless the URL forbids it. */
function openExisting(Database: NodeSqlite["DatabaseSync"], file: string): NodeDatabase {
  const url = pathToFileURL(file);
  url.search = "mode=rw";
  try {
    return new Database(url);
  } catch (error) {
    if (codeOf(error) !== "ERR_INVALID_ARG_TYPE") throw error;
    return new Database(file); // Before 22.15 the client takes no URL.
  }
}

function wrapped(database: NodeDatabase): SqliteDatabase {
  return {
    prepare<Parameters extends readonly SqliteValue[], Row>(sql: string) {
      const statement = coded(() => database.prepare(sql));
      // The caller knows which rows its statement returns.
      return {
        get: (...parameters: Parameters) => coded(() => statement.get(...parameters.map(notNull))) as Row | undefined,
        all: (...parameters: Parameters) => coded(() => statement.all(...parameters.map(notNull))) as readonly Row[],
        run: (...parameters: Parameters) => Number(coded(() => statement.run(...parameters.map(notNull))).changes),
      };
    },
    exec: (sql) => coded(() => database.exec(sql)),
    close: () => database.close(),
  };
}

/** The client takes empty bytes for NULL if their buffer was transferred from another thread and so has no memory. */
function notNull(value: SqliteValue): SqliteValue {
  return typeof value === "object" && value.byteLength === 0 ? NO_BYTES : value;
}

const NO_BYTES = new Uint8Array(1).subarray(1);

/** Gives errors the code that other clients give them. This client has one code for all, and a number beside it. */
function coded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (codeOf(error) !== "ERR_SQLITE_ERROR") throw error;
    throw Object.assign(new Error(messageOf(error), { cause: error }), { code: nameOfCode(numberOf(error)) });
  }
}

function numberOf(error: unknown): number {
  const { errcode } = error as { readonly errcode?: unknown }; // an error of the client, as its code says
  return typeof errcode === "number" ? errcode : codeOfMessage(messageOf(error)); // Deno leaves some out.
}
