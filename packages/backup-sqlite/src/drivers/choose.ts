import { messageOf } from "@lastgood/core/adapter";
import { betterSqlite3 } from "./better-sqlite3.ts";
import { bunSqlite } from "./bun-sqlite.ts";
import { nodeSqlite } from "./node-sqlite.ts";
import type { DriverName, SqliteDriver } from "./sqlite.ts";

/** Loads a client of SQLite, or throws. */
export type LoadDriver = (name: DriverName) => SqliteDriver;

const loaders = { "better-sqlite3": betterSqlite3, "bun:sqlite": bunSqlite, "node:sqlite": nodeSqlite };

// better-sqlite3 first: who has installed it has chosen it, and its SQLite does not change with the runtime.
const order: readonly DriverName[] = ["better-sqlite3", "bun:sqlite", "node:sqlite"];

/** Whether there is a client of this name. */
export function isDriverName(name: unknown): name is DriverName {
  return order.some((each) => each === name);
}

/** The names of all clients, in the order in which they are tried. */
export const driverNames: readonly string[] = order;

/**
 * The client with this name; without a name, the first that can be loaded. It depends on nothing but what can be loaded.
 *
 * @throws Error with one line that says what to install.
 */
export function chooseDriver(wanted: DriverName | undefined, load: LoadDriver = (name) => loaders[name]()): SqliteDriver {
  const failures = new Map<DriverName, unknown>();
  for (const name of wanted === undefined ? order : [wanted]) {
    try {
      return load(name);
    } catch (error) {
      failures.set(name, error);
    }
  }
  throw noDriver(wanted, failures);
}

function noDriver(wanted: DriverName | undefined, failures: ReadonlyMap<DriverName, unknown>): Error {
  const what = wanted === undefined ? "SQLite cannot be loaded" : `The driver ${wanted} cannot be loaded`;
  // Of all, only this one can be installed.
  const cause = failures.get(wanted ?? "better-sqlite3");
  return new Error(`${what}. ${remedy(wanted)} (${firstSentence(messageOf(cause))})`, { cause });
}

function remedy(wanted: DriverName | undefined): string {
  const install = "Install better-sqlite3 12 beside lastgood, and let its install script run";
  if (wanted === "better-sqlite3") return install;
  if (wanted === "bun:sqlite") return "It is a part of bun: leave the option out";
  if (wanted === "node:sqlite") return "It is a part of Node 22.13 and later: use that, or leave the option out";
  return `${install}; or use Node 22.13 or later, bun or Deno, which bring their own`;
}

/** Without the lists of places that were searched, in one line. */
function firstSentence(message: string): string {
  const [first = ""] = message.split(/[.:]?\s+(?:Tried:|Require stack:|This version of Node\.js|Please try)/);
  return first.replace(/\s+/g, " ");
}
