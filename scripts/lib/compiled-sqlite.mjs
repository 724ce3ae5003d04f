import { cp } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { root } from "./run.mjs";

const COMPILED = "build/Release/better_sqlite3.node";

/** The better-sqlite3 of the workspace: its version and its folder. */
export function compiledSqlite() {
  const fromBackup = createRequire(join(root, "packages/backup-sqlite/package.json"));
  const file = fromBackup.resolve("better-sqlite3/package.json");
  /** @type {{ version: string }} */
  const { version } = fromBackup(file);
  return { folder: dirname(file), version };
}

/**
 * The install script of better-sqlite3 would compile the same sources once more, which takes a minute. What it makes is taken from the
 * workspace, where it was made of the same version.
 * @param {string} project
 */
export async function takeCompiledSqlite(project) {
  await cp(join(compiledSqlite().folder, COMPILED), join(project, "node_modules/better-sqlite3", COMPILED));
}
