import { createRequire } from "node:module";
import { messageOf } from "@lastgood/core/adapter";
import type Database from "better-sqlite3";

/** Loaded when it is needed: stores in directories work without it. @throws if it cannot be loaded */
export function loadSqlite(): typeof Database {
  return createRequire(import.meta.url)("better-sqlite3") as typeof Database; // that is what the package exports
}

/**
 * Why SQLite cannot be used, and `undefined` if it can. Package managers may leave out the install script of
 * better-sqlite3, and a build for another version of Node does not load.
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
