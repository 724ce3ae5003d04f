import { closeSync, existsSync, fsyncSync, lstatSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { codeOf } from "@lastgood/core/adapter";

/**
 * Creates an empty file and its parent directories for their owner alone. SQLite itself would create a file that everybody
 * can read. The journal inherits the permissions. Existing files and directories stay as they are.
 *
 * An existing file must not be opened here. Closing it would drop SQLite's locks on it, because POSIX locks belong to the
 * process and not to the descriptor.
 */
export function createPrivately(file: string): void {
  if (fileAt(file) !== undefined) return;
  createDirectories(dirname(file));
  try {
    closeSync(openSync(file, "wx", 0o600));
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error; // Another process was first.
  }
}

/**
 * The identity of the file at this path, unique while the file exists; `undefined` if there is none.
 *
 * @throws Error if the path leads to a directory, a device or a symbolic link. Anybody who may write to the directory could
 * redirect the writes to another file by a symbolic link.
 */
export function fileAt(path: string): string | undefined {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  if (stats.isSymbolicLink()) throw new Error(`${path} is a symbolic link: give the path of the file itself`);
  if (!stats.isFile()) throw new Error(`${path} is not a file`);
  return `${stats.dev}:${stats.ino}`;
}

/** A new directory survives a power loss only after its parent has been flushed. */
function createDirectories(directory: string): void {
  if (existsSync(directory)) return;
  createDirectories(dirname(directory));
  makeDirectory(directory);
  if (process.platform !== "win32") flush(dirname(directory)); // Windows cannot flush directories.
}

/** Not with `recursive`, which never returns below /proc. */
function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error; // Another process was first.
  }
}

function flush(directory: string): void {
  const descriptor = openSync(directory, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
