import { createRequire } from "node:module";
import { messageOf } from "@lastgood/core/adapter";
import type Database from "better-sqlite3";

/** Loads better-sqlite3 on demand, because stores in directories work without it. @throws Error if it cannot be loaded. */
export function loadSqlite(): typeof Database {
  return createRequire(import.meta.url)("better-sqlite3") as typeof Database; // the package exports this class
}

/**
 * Why SQLite cannot be used; `undefined` if it can. Package managers may skip the install script of better-sqlite3, and
 * a build for another version of Node does not load.
 */
export function whySqliteFails(): string | undefined {
  try {
    const Opened = loadSqlite();
    new Opened(":memory:").close();
    return undefined;
  } catch (error) {
    const [firstLine = ""] = messageOf(error).split("\n");
    return firstLine.replace(/[.:]? Tried:$/, "").replace(/\.$/, "");
  }
}
