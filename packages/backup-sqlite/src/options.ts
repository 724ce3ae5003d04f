import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

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

export function checkedSettings(file: string | URL, options: SqliteBackupOptions): Settings {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`sqliteBackup: options must be an object, not ${shown(options)}`);
  }
  return {
    file: checkedFile(file),
    generations: wholeNumber("generations", options.generations ?? 2, 2),
    busyTimeout: wholeNumber("busyTimeout", options.busyTimeout ?? 5_000, 0),
  };
}

function checkedFile(file: string | URL): string {
  if (file instanceof URL) return resolve(pathOf(file));
  if (typeof file !== "string") {
    throw new TypeError(`sqliteBackup: file must be a path or a file: URL, not ${shown(file)}`);
  }
  if (file === ":memory:") {
    throw new RangeError('sqliteBackup: file ":memory:" would be gone with the process: a backup needs a path on a disk');
  }
  if (file.startsWith("file:")) {
    throw new RangeError(`sqliteBackup: file ${shown(file)} is a URL in a string: pass a path, or new URL(…)`);
  }
  // better-sqlite3 trims names, and C ends them at NUL: either would open another file than the one that was named.
  if (file === "" || file !== file.trim() || file.includes("\0")) {
    throw new RangeError(
      `sqliteBackup: file ${shown(file)} is not usable: pass a path that is not empty, without spaces at its ends or NUL`,
    );
  }
  return resolve(file);
}

function pathOf(url: URL): string {
  if (url.protocol !== "file:") {
    throw new RangeError(`sqliteBackup: file must be a file: URL, not one of ${url.protocol}`);
  }
  return fileURLToPath(url);
}

function wholeNumber(option: string, value: number, least: number): number {
  if (typeof value !== "number") {
    throw new TypeError(`sqliteBackup: ${option} must be a number, not ${shown(value)}`);
  }
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`sqliteBackup: ${option} must be a whole number, ${least} or more, not ${shown(value)}`);
  }
  return value;
}

function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 80));
  if (typeof value === "number" || value === null || value === undefined) return String(value);
  return Array.isArray(value) ? "an array" : `a value of type ${typeof value}`;
}
