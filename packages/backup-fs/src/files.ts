import { constants } from "node:fs";
import { type FileHandle, open, rename, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { syncDirectory } from "./directories.ts";
import { ifThere, naming } from "./errors.ts";
import { temporaryFile } from "./layout.ts";

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
const OWNER_ONLY = 0o600;

/**
 * Makes a file in a directory that is there: whole and durable when it resolves, whole or absent otherwise.
 * The content is flushed before it gets its name, and the name before the caller hears of it: with either left out, a
 * loss of power leaves files empty, or acknowledged ones missing.
 */
export async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const directory = dirname(path);
  const temporary = temporaryFile(directory);
  try {
    await writeNewFile(temporary, bytes);
    await rename(temporary, path);
  } catch (error) {
    // Never used again: after a flush that failed, the next one of the same file may succeed without having written.
    // Should the removal fail as well, a sweep will find it.
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await syncDirectory(directory);
}

/** Makes an empty file, unless it is there. */
export async function makeEmptyFile(path: string): Promise<void> {
  const handle = await open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, OWNER_ONLY);
  await handle.close();
}

/** The bytes of a regular file of at most `maxBytes`: no link is followed, no pipe waited for. */
export async function readWhole(path: string, maxBytes: number): Promise<Uint8Array> {
  const handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new Error(`${path} is not a regular file`);
    refuseLarge(path, stats.size, maxBytes);
    return await naming(path, readExactly(handle, stats.size));
  } finally {
    await handle.close();
  }
}

export function refuseLarge(what: string, size: number, maxBytes: number): void {
  if (size > maxBytes) throw new RangeError(`${what} has ${size} bytes, more than maxBytes allows (${maxBytes})`);
}

/** True if there was something to remove. */
export async function removeFile(path: string): Promise<boolean> {
  return (await ifThere(unlink(path).then(() => true))) ?? false;
}

async function writeNewFile(path: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, OWNER_ONLY);
  try {
    await naming(path, fill(handle, bytes));
  } finally {
    // Not ignored: some network file systems say only now that there was no space.
    await naming(path, handle.close());
  }
}

async function fill(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  await handle.writeFile(bytes);
  const { size, mode } = await handle.stat();
  if (size !== bytes.length) throw new Error(`${size} bytes arrived of ${bytes.length}`);
  if ((mode & OWNER_ONLY) !== OWNER_ONLY) await handle.chmod(OWNER_ONLY);
  await handle.sync();
}

async function readExactly(handle: FileHandle, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  for (let filled = 0; filled < size; ) {
    const { bytesRead } = await handle.read(bytes, filled, size - filled, filled);
    if (bytesRead === 0) throw new Error(`ends after ${filled} of ${size} bytes`);
    filled += bytesRead;
  }
  return bytes;
}
