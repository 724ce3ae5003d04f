import { hash, randomUUID } from "node:crypto";
import { join } from "node:path";
import { shown } from "@lastgood/core/adapter";

/**
 * <root>/5/<id>~0001767225600000~0001767229000000   a record: its stamp, its use when it was written; the bytes and nothing else
 * <root>/5/<id>~used~0001767230000000               a mark: an empty file, made by a later use
 * <root>/5/tmp-<uuid>                               a record on its way
 * <root>/5/5/…                                      the next level, once there are many names in <root>/5
 * <root>/cull.lock                                  there while a process culls
 *
 * The directories are named after the first hexadecimal digits of the id's SHA-256.
 *
 * All that a store knows is in names, because names are exact and change atomically. Modification times, the obvious
 * place for a use, are neither: ext4 ends them in 2446 and others in 2038, FAT counts in steps of two seconds, copies
 * reset them, and two processes that set one at once can move it back.
 */
const NAME = /^([a-z\d_-]{1,100})~(\d{16}|used)~(\d{16})$/;
const TEMPORARY = /^tmp-[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;
const DIGIT = /^[\da-f]$/;
const ID = /^[a-z\d_-]{1,100}$/;

/** The name of a record or, without a `loadedAt`, of a mark. */
export interface Name {
  readonly path: string;
  readonly id: string;
  readonly loadedAt: number | undefined;
  readonly usedAt: number;
}

/** Names of the directories on the way to the records of an id, one for each level that may be there. */
export function digitsOf(id: string): string {
  // Core makes no other ids, but this is where they become paths: nothing must lead out of the directory.
  if (!ID.test(id)) throw new RangeError(`fsBackup: id must be 1 to 100 characters of a-z 0-9 _ -; got ${shown(id)}`);
  return hash("sha256", id, "hex");
}

export function lockDirectory(root: string): string {
  return join(root, "cull.lock");
}

export function recordFile(directory: string, id: string, loadedAt: number, usedAt: number): string {
  return join(directory, `${id}~${sixteenDigits(loadedAt)}~${sixteenDigits(usedAt)}`);
}

export function markFile(directory: string, id: string, usedAt: number): string {
  return join(directory, `${id}~used~${sixteenDigits(usedAt)}`);
}

/** A name that nobody else has: not even another container, where the process id is the same. */
export function temporaryFile(directory: string): string {
  return join(directory, `tmp-${randomUUID()}`);
}

export function isLevel(name: string): boolean {
  return DIGIT.test(name);
}

export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name);
}

/** The name of a file in `directory`, or `undefined` if it is not one of ours. */
export function nameOf(directory: string, file: string): Name | undefined {
  const [, id, stamp, use] = NAME.exec(file) ?? [];
  if (id === undefined || stamp === undefined) return undefined;
  const loadedAt = stamp === "used" ? undefined : Number(stamp);
  const usedAt = Number(use);
  // Sixteen digits can also spell numbers that are no safe integers, and no name of ours does.
  if (!Number.isSafeInteger(loadedAt ?? 0) || !Number.isSafeInteger(usedAt)) return undefined;
  return { path: join(directory, file), id, loadedAt, usedAt };
}

/** Refuses a time that no name could hold, before anything is done. */
export function refuseBadTime(what: string, time: number): void {
  if (Number.isSafeInteger(time) && time >= 0) return;
  throw new RangeError(`fsBackup: ${what} must be a whole number of milliseconds from 0 to ${Number.MAX_SAFE_INTEGER}; got ${time}`);
}

/** Enough for every safe integer. Names of one length sort as their numbers do. */
function sixteenDigits(time: number): string {
  return String(time).padStart(16, "0");
}
