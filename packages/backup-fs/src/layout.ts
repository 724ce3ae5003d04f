import { hash, randomUUID } from "node:crypto";
import { join } from "node:path";

/**
 * <root>/<shard>/<id>/0001767225600000        a record: its name is its `loadedAt`, its content the bytes and nothing else
 * <root>/<shard>/<id>/used-0001767225600000   the mark: an empty file, its name the latest use
 * <root>/<shard>/<id>/tmp-<uuid>              a record on its way
 * <root>/cull.lock                            there while somebody culls
 *
 * All that a store knows is in names, because names are exact and change atomically. Modification times, the obvious
 * place for `usedAt`, are neither: ext4 ends them in 2446 and others in 2038, FAT counts in steps of two seconds, copies
 * reset them, and two processes that set one at once can move it back.
 */
const RECORD = /^\d{16}$/;
const MARK = /^used-(\d{16})$/;
const TEMPORARY = /^tmp-[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;
const SHARD = /^[\da-f]{2}$/;
const ID = /^[a-z\d_-]{1,100}$/;

export function idDirectory(root: string, id: string): string {
  // Core makes no other ids, but this is where they become paths: nothing must lead out of the directory.
  if (!isId(id)) throw new RangeError('an id is 1 to 100 characters of "a-z 0-9 _ -"');
  return join(root, hash("sha256", id, "hex").slice(0, 2), id);
}

export function lockDirectory(root: string): string {
  return join(root, "cull.lock");
}

export function recordFile(directory: string, loadedAt: number): string {
  return join(directory, sixteenDigits(loadedAt));
}

export function markFile(directory: string, usedAt: number): string {
  return join(directory, `used-${sixteenDigits(usedAt)}`);
}

/** A name that nobody else has: not even another container, where the process id is the same. */
export function temporaryFile(directory: string): string {
  return join(directory, `tmp-${randomUUID()}`);
}

export function isShard(name: string): boolean {
  return SHARD.test(name);
}

export function isId(name: string): boolean {
  return ID.test(name);
}

export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name);
}

export function stampOfRecord(name: string): number | undefined {
  return RECORD.test(name) ? safe(Number(name)) : undefined;
}

export function timeOfMark(name: string): number | undefined {
  const digits = MARK.exec(name)?.[1];
  return digits === undefined ? undefined : safe(Number(digits));
}

/** A time that no name could tell is refused before anything is done. */
export function refuseBadTime(what: string, time: number): void {
  if (Number.isSafeInteger(time) && time >= 0) return;
  throw new RangeError(`${what} must be a whole number of milliseconds, from 0 to ${Number.MAX_SAFE_INTEGER}, not ${time}`);
}

/** They hold every safe integer, and names of one length sort as their numbers do. */
function sixteenDigits(time: number): string {
  return String(time).padStart(16, "0");
}

/** Sixteen digits can also spell numbers beyond: no name of ours. */
function safe(time: number): number | undefined {
  return Number.isSafeInteger(time) ? time : undefined;
}
