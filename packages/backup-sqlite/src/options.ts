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
}

/** The options, checked and complete. They cross to the thread as they are: plain data only. */
export interface Settings {
  /** An absolute path: what it leads to does not change with the working directory. */
  readonly file: string;
  readonly generations: number;
  readonly busyTimeout: number;
}

const check = optionChecks("sqliteBackup");

export function checkedSettings(file: unknown, options: unknown): Settings {
  const { generations = 2, busyTimeout = 5_000 } = check.options(options, ["generations", "busyTimeout"]);
  return {
    file: checkedFile(file),
    generations: check.wholeNumber("generations", generations, 2),
    busyTimeout: check.wholeNumber("busyTimeout", busyTimeout, 0),
  };
}

function checkedFile(file: unknown): string {
  if (isUrl(file)) return resolve(pathOf(file));
  if (typeof file !== "string") throw check.wrongType("file", "a path or a file: URL", file);
  if (file === ":memory:") {
    throw check.wrongValue("file", "a path on a disk, since what is in memory is gone with the process", file);
  }
  if (file.startsWith("file:")) throw check.wrongValue("file", "a path, or a URL made by new URL(…)", file);
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
