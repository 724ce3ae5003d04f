import { constants } from "node:fs";
import { type FileHandle, open, unlink } from "node:fs/promises";
import { ifThere, naming } from "./errors.ts";

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
const OWNER_ONLY = 0o600;

/** Makes a new file with these bytes. It stays open, to be flushed by `flushFile`. */
export async function fillNewFile(path: string, bytes: Uint8Array): Promise<FileHandle> {
  const handle = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, OWNER_ONLY);
  try {
    await naming(path, fill(handle, bytes));
  } catch (error) {
    await handle.close().catch(() => undefined);
    throw error;
  }
  return handle;
}

/**
 * Makes the content of a file durable, and closes it. If this fails, the file must not be used again: a second flush of
 * the same file may succeed without having written anything.
 */
export async function flushFile(path: string, handle: FileHandle): Promise<void> {
  try {
    await naming(path, handle.sync());
  } finally {
    // An error counts: some network file systems say only now that there was no space.
    await naming(path, handle.close());
  }
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
    closeSoon(handle);
  }
}

/** Closes what was not written to. Nothing is lost if that fails, so nobody waits for it. */
export function closeSoon(handle: FileHandle): void {
  void handle.close().catch(() => undefined);
}

export function refuseLarge(what: string, size: number, maxBytes: number): void {
  if (size > maxBytes) throw new RangeError(`fsBackup: ${what} must be at most maxBytes (${maxBytes}) long; got ${size} bytes`);
}

/** True if there was something to remove. */
export async function removeFile(path: string): Promise<boolean> {
  return (await ifThere(unlink(path).then(() => true))) ?? false;
}

/** Removes the files in the given order. True if at least one of them was there. */
export async function removeFiles(paths: readonly string[]): Promise<boolean> {
  let removed = false;
  for (const path of paths) removed = (await removeFile(path)) || removed;
  return removed;
}

async function fill(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  await handle.writeFile(bytes);
  const { size, mode } = await handle.stat();
  if (size !== bytes.length) throw new Error(`${size} bytes arrived of ${bytes.length}`);
  if ((mode & OWNER_ONLY) !== OWNER_ONLY) await handle.chmod(OWNER_ONLY);
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
