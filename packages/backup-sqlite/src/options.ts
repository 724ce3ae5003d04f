import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { isUrl, optionChecks } from "@lastgood/core/adapter";
import { driverNames, isDriverName } from "./drivers/choose.ts";
import type { DriverName } from "./drivers/sqlite.ts";

/** The options of `sqliteBackup`. */
export interface SqliteBackupOptions {
  /**
   * How many of the newest records of each id are kept. A whole number from 2 on.
   * @default 2
   */
  readonly generations?: number | undefined;
  /**
   * How long a call waits while another process has the file locked, in milliseconds. A whole number from 0 on.
   * @default 5000
   */
  readonly busyTimeout?: number | undefined;
  /**
   * Whether a missing file is an error instead of being created: each call then rejects and says so. For programs that only
   * read, to which a misspelt name would look like an empty store.
   * @default false
   */
  readonly mustExist?: boolean | undefined;
  /**
   * The client of SQLite. With a name, calls reject where that client cannot be loaded. Without one, it is better-sqlite3 if
   * that is installed and was built for this runtime, and else the SQLite that is a part of the runtime.
   * @default the first that can be loaded
   */
  readonly driver?: DriverName | undefined;
}

/** The options, checked and complete. Plain data, because they are posted to the thread. */
export interface Settings {
  /** An absolute path, which does not change with the working directory. */
  readonly file: string;
  readonly generations: number;
  readonly busyTimeout: number;
  readonly mustExist: boolean;
  /** `undefined`: the first that can be loaded. */
  readonly driver: DriverName | undefined;
}

const check = optionChecks("sqliteBackup");

export function checkedSettings(file: unknown, options: unknown): Settings {
  const known = ["generations", "busyTimeout", "mustExist", "driver"];
  const { generations = 2, busyTimeout = 5_000, mustExist = false, driver } = check.options(options, known);
  return {
    file: checkedFile(file),
    generations: check.wholeNumber("generations", generations, 2),
    busyTimeout: check.wholeNumber("busyTimeout", busyTimeout, 0),
    mustExist: check.boolean("mustExist", mustExist),
    driver: driver === undefined ? undefined : checkedDriver(driver),
  };
}

function checkedDriver(driver: unknown): DriverName {
  if (isDriverName(driver)) return driver;
  const expected = `one of ${driverNames.join(", ")}`;
  throw typeof driver === "string" ? check.wrongValue("driver", expected, driver) : check.wrongType("driver", expected, driver);
}

function checkedFile(file: unknown): string {
  if (isUrl(file)) return resolve(pathOf(file));
  if (typeof file !== "string") throw check.wrongType("file", "a path or a file: URL", file);
  if (file === ":memory:") {
    throw check.wrongValue("file", "a path on a disk, since what is in memory is gone with the process", file);
  }
  if (file.startsWith("file:")) throw check.wrongValue("file", "a path, or a URL made by new URL(…)", file);
  // Only a shell expands ~. Without one, the path would lead into a directory called ~.
  if (/^~(?:[/\\]|$)/.test(file)) throw check.wrongValue("file", 'a path with the home directory written out, or one that begins with "./~"', file);
  // better-sqlite3 trims names, and C ends them at NUL. Either would open another file than the named one.
  if (file === "" || file !== file.trim() || file.includes("\0")) {
    throw check.wrongValue("file", "a path that is not empty, without spaces at its ends and without NUL", file);
  }
  return resolve(file);
}

function pathOf(url: URL): string {
  if (url.protocol !== "file:") throw check.wrongValue("file", "a path or a file: URL", url.protocol);
  return fileURLToPath(url.href);
}
