import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { isUrl, optionChecks } from "@lastgood/core/adapter";

export interface SqliteBackupOptions {
  /**
   * How many records of each id are kept: the newest ones. A whole number, 2 or more.
   * @default 2
   */
  readonly generations?: number | undefined;
  /**
   * How long a call waits while another process has the file locked, in milliseconds. A whole number, 0 or more.
   * @default 5000
   */
  readonly busyTimeout?: number | undefined;
  /**
   * The file is there already, and is never made: each call to one that is not there fails and says so. For programs
   * that only read, to which a misspelt name would look like an empty store.
   * @default false
   */
  readonly mustExist?: boolean | undefined;
}

/** The options, checked and complete. They cross to the thread as they are: plain data only. */
export interface Settings {
  /** An absolute path: what it leads to does not change with the working directory. */
  readonly file: string;
  readonly generations: number;
  readonly busyTimeout: number;
  readonly mustExist: boolean;
}

const check = optionChecks("sqliteBackup");

export function checkedSettings(file: unknown, options: unknown): Settings {
  const known = ["generations", "busyTimeout", "mustExist"];
  const { generations = 2, busyTimeout = 5_000, mustExist = false } = check.options(options, known);
  return {
    file: checkedFile(file),
    generations: check.wholeNumber("generations", generations, 2),
    busyTimeout: check.wholeNumber("busyTimeout", busyTimeout, 0),
    mustExist: check.boolean("mustExist", mustExist),
  };
}

function checkedFile(file: unknown): string {
  if (isUrl(file)) return resolve(pathOf(file));
  if (typeof file !== "string") throw check.wrongType("file", "a path or a file: URL", file);
  if (file === ":memory:") {
    throw check.wrongValue("file", "a path on a disk, since what is in memory is gone with the process", file);
  }
  if (file.startsWith("file:")) throw check.wrongValue("file", "a path, or a URL made by new URL(…)", file);
  // A shell expands it, and nothing else does: the path would lead into a directory of that name.
  if (/^~(?:[/\\]|$)/.test(file)) throw check.wrongValue("file", 'a path with the home directory written out, or one that begins with "./~"', file);
  // better-sqlite3 trims names, and C ends them at NUL: either would open another file than the one that was named.
  if (file === "" || file !== file.trim() || file.includes("\0")) {
    throw check.wrongValue("file", "a path that is not empty, without spaces at its ends and without NUL", file);
  }
  return resolve(file);
}

function pathOf(url: URL): string {
  if (url.protocol !== "file:") throw check.wrongValue("file", "a path or a file: URL", url.protocol);
  return fileURLToPath(url.href);
}
