/**
 * The contract between lastgood and a store, with a test in `@lastgood/adapter-tests` for every sentence. For every method of both kinds:
 * - It returns its result or a promise of it, as suits the store.
 * - If nothing is stored, it returns `undefined` or does nothing. If it *cannot know* (refused, unreachable, unreadable), it throws.
 * - It does not retry, log, time out, serialise, or swallow errors: core does all that, in the same way for every store.
 * - It reads no clock: callers pass times in epoch milliseconds, and durations in milliseconds.
 * - It does not change bytes that it got or returned. The caller may change returned bytes. They may be part of a larger buffer.
 */

import type { Awaitable } from "../base/async.ts";
import type { Announcements } from "./announcements.ts";
import type { CacheOrder } from "./cache-order.ts";
import type { CallOptions } from "./call-options.ts";
import type { Leases } from "./leases.ts";

export type { CallOptions } from "./call-options.ts";

/** A cache, which may forget anything at any time. `Stored` is the type of its content.
 * The `id` of a byte cache is 1 to 100 characters of `a-z 0-9 _ -`. The `id` of a value cache is any string.
 */
export interface CacheMethods<Stored> {
  /** The name of the store in events and errors, such as `"redis"`. */
  readonly name: string;
  /** The value that was last set under this id, or `undefined` if it was never set, deleted, or forgotten. */
  get(id: string, options?: CallOptions): Awaitable<Stored | undefined>;

  /**
   * Replaces the value. `ttlMs` is greater than 0, may be `Infinity` or a fraction, and is only a hint: no store refuses it. A store may forget
   * the id earlier, and should forget it after `ttlMs` if it can. Round *up* to whole units. Core itself decides what is fresh.
   */
  set(id: string, stored: Stored, ttlMs: number, options?: CallOptions): Awaitable<void>;

  /** Forgets this id and no other. An id that is not stored is no error. */
  delete(id: string, options?: CallOptions): Awaitable<void>;

  /** Closes what the adapter itself opened and nothing else. A second call does nothing. */
  close?(): Awaitable<void>;
}

/** A cache in this process. It returns the very value that was set, of any type. */
export interface ValueCacheAdapter extends CacheMethods<unknown> {
  readonly stores: "values";
}

/** A cache of bytes. It returns exactly the bytes that were set, whatever they are, and tells an empty value (length 0) from none. */
export interface ByteCacheAdapter extends CacheMethods<Uint8Array>, Announcements, Leases {
  readonly stores: "bytes";
  /** Like `set`, but keeps a record that this method stored before and that wins by `CacheOrder`. Atomic. A store that cannot do this leaves it out. */
  setUnlessNewer?(id: string, stored: Uint8Array, ttlMs: number, options: CallOptions & CacheOrder): Awaitable<void>;
  /** The answers of `get` for these ids, in their order, in one round trip. A store that cannot do this leaves it out. */
  getMany?(ids: readonly string[], options?: CallOptions): Awaitable<readonly (Uint8Array | undefined)[]>;
}

/** A cache, of values or of bytes. */
export type CacheAdapter = ValueCacheAdapter | ByteCacheAdapter;

/** One id of a backup store, without its payload. */
export interface BackupInfo {
  readonly id: string;
  /** The latest `usedAt` that `write` or `touch` has reported. */
  readonly usedAt: number;
  /** `loadedAt` of the newest record. */
  readonly loadedAt: number;
  /** Bytes in the newest record. */
  readonly size: number;
}

/** A record of a backup: its bytes, and `loadedAt` as its stamp. */
export interface BackupRecord {
  readonly bytes: Uint8Array;
  readonly loadedAt: number;
}

/**
 * A backup keeps immutable records under each id, with `loadedAt` as their stamp. It keeps at least the newest two.
 * The record with the greatest stamp is the last good value, in whatever order the records were written.
 * An `id` is 1 to 100 characters of `a-z 0-9 _ -`. Stamps and times are whole numbers from 0 to `Number.MAX_SAFE_INTEGER`.
 */
export interface BackupAdapter {
  /** The name of the store in events and errors, such as `"fs"`. */
  readonly name: string;
  /** What `health()` shows beside the name, such as the version of a client. Strings, and no secrets. */
  readonly details?: Readonly<Record<string, string>> | undefined;
  /** The newest record; with `before`, the newest whose `loadedAt` is less than that. `undefined` if there is none.
   *  If one record cannot be read, the error may have its `loadedAt`: core then asks for the record before it. */
  read(id: string, options?: CallOptions & { readonly before?: number | undefined }): Awaitable<BackupRecord | undefined>;

  /**
   * Adds a record. Once the promise resolves, the record is whole and survives a power loss. If the promise rejects or the
   * process dies, the record is whole or absent, and earlier records are unchanged. No reader ever sees part of a record.
   * A record with the same stamp is replaced: of two acknowledged writes the later one stays, whatever their `usedAt`.
   * The write counts as a use at `usedAt`. After it, records older than the newest two may be deleted.
   * Resolves with the greatest `loadedAt` of the id, which is greater than this record's own if a newer record exists.
   */
  write(id: string, bytes: Uint8Array, options: CallOptions & { readonly loadedAt: number; readonly usedAt: number }): Awaitable<number>;

  /** Notes that the id was used at `usedAt`. Has no effect if a later use is known, or if the id has no records. */
  touch(id: string, options: CallOptions & { readonly usedAt: number }): Awaitable<void>;

  /** Streams every id that has a record, once, in any order. Memory does not grow with the store. */
  list(options?: CallOptions): AsyncIterable<BackupInfo>;

  /** Deletes every record of the id; with `ifUsedBefore`, only if its `usedAt` is less than that, checked right before.
   *  Resolves with whether it has deleted anything. Deletes the newest record last, in case it fails half-way. */
  delete(id: string, options?: CallOptions & { readonly ifUsedBefore?: number | undefined }): Awaitable<boolean>;

  /**
   * Takes the store's only lock, which keeps two processes from culling at once. `undefined` at once if another process has it.
   * The lock only saves work: a process that has lost it without noticing does no harm. A store without locks leaves it out.
   */
  lock?(options?: CallOptions): Awaitable<ReleaseLock | undefined>;

  /** Closes what the adapter itself opened and nothing else. A second call does nothing. */
  close?(): Awaitable<void>;
}

/** Releases the lock. Never throws because the lock was lost meanwhile. */
export type ReleaseLock = () => Awaitable<void>;
