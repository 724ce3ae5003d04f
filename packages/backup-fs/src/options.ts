import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { isUrl, optionChecks } from "@lastgood/core/adapter";

/** Options of `fsBackup`. All are optional. */
export interface FsBackupOptions {
  /**
   * How many records each id keeps, counted from the newest. A whole number, at least 2: if the newest record cannot be
   * read, the one before it answers.
   * @default 2
   */
  readonly generations?: number | undefined;
  /**
   * The largest record, in bytes. `write` refuses a larger one, and `read` does not bring it into memory: it throws.
   * @default 268435456 (256 MiB)
   */
  readonly maxBytes?: number | undefined;
  /**
   * The store is there already, and is never made: each call to one that is not there fails and says so. For programs
   * that only read, to which a directory with a misspelt name would look like an empty store.
   * @default false
   */
  readonly mustExist?: boolean | undefined;
}

export interface Settings {
  readonly root: string;
  readonly generations: number;
  readonly maxBytes: number;
  readonly mustExist: boolean;
}

const check = optionChecks("fsBackup");

export function settingsFrom(directory: unknown, options: unknown): Settings {
  const known = ["generations", "maxBytes", "mustExist"];
  const { generations = 2, maxBytes = 256 * 1024 * 1024, mustExist = false } = check.options(options, known);
  return {
    root: rootFrom(directory),
    generations: check.wholeNumber("generations", generations, 2),
    maxBytes: check.wholeNumber("maxBytes", maxBytes, 1),
    mustExist: check.boolean("mustExist", mustExist),
  };
}

/** Absolute from now on, so that a later `process.chdir` does not move the store. */
function rootFrom(directory: unknown): string {
  const expected = 'a path such as "./var/backups", or a file: URL';
  if (isUrl(directory)) {
    if (directory.protocol !== "file:") throw check.wrongValue("directory", expected, directory.protocol);
    return resolve(fileURLToPath(directory.href));
  }
  if (typeof directory !== "string") throw check.wrongType("directory", expected, directory);
  if (directory === "") throw check.wrongValue("directory", expected, directory);
  if (directory.includes("\0")) throw check.wrongValue("directory", "a path without a NUL character", directory);
  // A shell expands it, and nothing else does: the path would lead into a directory of that name.
  if (/^~(?:[/\\]|$)/.test(directory)) throw check.wrongValue("directory", 'a path with the home directory written out, or one that begins with "./~"', directory);
  return resolve(directory);
}
