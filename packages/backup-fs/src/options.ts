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
   * The largest record, in bytes. For a larger one, `write` and `read` throw. `read` does not load it into memory.
   * @default 268435456 (256 MiB)
   */
  readonly maxBytes?: number | undefined;
  /**
   * `true`: while the directory is missing, every call fails, and none makes it. For programs that only read: to them a
   * misspelt directory would look like an empty store.
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
    root: directoryOf("fsBackup", directory),
    generations: check.wholeNumber("generations", generations, 2),
    maxBytes: check.wholeNumber("maxBytes", maxBytes, 1),
    mustExist: check.boolean("mustExist", mustExist),
  };
}

/** The absolute path of the directory, so that a later `process.chdir` does not move the store. */
export function directoryOf(factory: string, directory: unknown): string {
  const { wrongType, wrongValue } = optionChecks(factory);
  const expected = 'a path such as "./var/backups", or a file: URL';
  if (isUrl(directory)) {
    if (directory.protocol !== "file:") throw wrongValue("directory", expected, directory.protocol);
    return resolve(fileURLToPath(directory.href));
  }
  if (typeof directory !== "string") throw wrongType("directory", expected, directory);
  if (directory === "") throw wrongValue("directory", expected, directory);
  if (directory.includes("\0")) throw wrongValue("directory", "a path without a NUL character", directory);
  // Only a shell expands `~`. Here the path would lead into a directory with that name.
  if (/^~(?:[/\\]|$)/.test(directory)) throw wrongValue("directory", 'a path with the home directory written out, or one that begins with "./~"', directory);
  return resolve(directory);
}
