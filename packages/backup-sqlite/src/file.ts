import { closeSync, existsSync, fsyncSync, lstatSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { codeOf } from "@lastgood/core/adapter";

/**
 * Makes the file, empty, and the directories above it, for their owner alone: SQLite would make a file that everybody
 * can read. Its journal gets the same permissions from it. What is there already stays as it is.
 *
 * An existing file must not be opened here: closing it again would drop the locks that SQLite has on it, for they
 * belong to the process and not to the descriptor.
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
 * Which file the path leads to, as a string that no other file has while this one exists; `undefined` if to none.
 *
 * @throws if it leads to a directory, a device, or a symbolic link, which whoever may write to the directory could
 * have put there to have another file written.
 */
export function fileAt(path: string): string | undefined {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  if (stats.isSymbolicLink()) throw new Error(`${path} is a symbolic link: give the path of the file itself`);
  if (!stats.isFile()) throw new Error(`${path} is not a file`);
  return `${stats.dev}:${stats.ino}`;
}

/** A new directory is there after a loss of power once the one above it has been flushed. */
function createDirectories(directory: string): void {
  if (existsSync(directory)) return;
  createDirectories(dirname(directory));
  makeDirectory(directory);
  if (process.platform !== "win32") flush(dirname(directory)); // Windows flushes no directories.
}

/** One at a time: below /proc, `recursive` never returns. */
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
