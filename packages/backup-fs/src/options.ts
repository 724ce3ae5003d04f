import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { isUrl, optionChecks } from "@lastgood/core/adapter";

export interface FsBackupOptions {
  /**
   * How many records each id keeps, the newest ones. A whole number, at least 2: the one before the newest is what
   * answers when the newest cannot be read.
   * @default 2
   */
  readonly generations?: number | undefined;
  /**
   * The largest record, in bytes. A larger one is refused by `write`, and is an error to `read`, which would have to
   * bring it into memory.
   * @default 268435456 (256 MiB)
   */
  readonly maxBytes?: number | undefined;
}

export interface Settings {
  readonly root: string;
  readonly generations: number;
  readonly maxBytes: number;
}

const check = optionChecks("fsBackup");

export function settingsFrom(directory: unknown, options: unknown): Settings {
  const { generations = 2, maxBytes = 256 * 1024 * 1024 } = check.options(options, ["generations", "maxBytes"]);
  return {
    root: rootFrom(directory),
    generations: check.wholeNumber("generations", generations, 2),
    maxBytes: check.wholeNumber("maxBytes", maxBytes, 1),
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
  return resolve(directory);
}
