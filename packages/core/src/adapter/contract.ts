/**
 * The contract between lastgood and a store, with a test in `@lastgood/adapter-tests` for every sentence. For every method of both kinds:
 * - It answers at once or with a promise, as suits the store.
 * - "Nothing there" is `undefined`, or no effect. *Not knowing* (refused, unreachable, unreadable) throws.
 * - It does not retry, log, time out, serialise, or swallow errors: core does, the same way for every store.
 * - It reads no clock: times come in as epoch milliseconds, durations as milliseconds.
 * - It does not change bytes that it was given or has returned. The caller may change returned bytes. They may lie in a larger buffer.
 */

import type { Awaitable } from "../base/async.ts";
import type { CacheOrder } from "./cache-order.ts";

/** The options of every call of a store. */
export interface CallOptions {
  /** Aborted when core stops waiting for this call. May be ignored. Made when it is read: a copy of the options by spread has none. */
  readonly signal?: AbortSignal | undefined;
}

/** A cache forgets when it likes, and nobody is hurt. `Stored` is what it keeps.
 * The `id` of a byte cache is 1 to 100 characters of `a-z 0-9 _ -`. The `id` of a value cache is any string.
 */
export interface CacheMethods<Stored> {
  /** What the store is called in events and errors, such as `"redis"`. */
  readonly name: string;
  /** What was last set under this id, or `undefined` if it was never set, deleted, or forgotten. */
  get(id: string, options?: CallOptions): Awaitable<Stored | undefined>;

  /**
   * Replaces the value. `ttlMs` (greater than 0, may be `Infinity` or a fraction) is a hint, never refused: the store may forget the id
   * earlier, and if it counts time it should once `ttlMs` is over. Whole units round *up*. What is fresh is decided by core.
   */
  set(id: string, stored: Stored, ttlMs: number, options?: CallOptions): Awaitable<void>;

  /** Forgets this id alone. Deleting what is not there is no error. */
  delete(id: string, options?: CallOptions): Awaitable<void>;

  /** Closes what the adapter itself opened and nothing else. A second call does nothing. */
  close?(): Awaitable<void>;
}

/** A cache in this process: it returns the very value it was given, of any type. */
export interface ValueCacheAdapter extends CacheMethods<unknown> {
  readonly stores: "values";
}

/** A cache that returns the bytes it was given, every one of the 256, and tells no bytes (length 0) from nothing. */
export interface ByteCacheAdapter extends CacheMethods<Uint8Array> {
  readonly stores: "bytes";
  /** Like `set`, but leaves what was kept this way and wins by `CacheOrder`, in one step. Left out by a store that cannot. */
  setUnlessNewer?(id: string, stored: Uint8Array, ttlMs: number, options: CallOptions & CacheOrder): Awaitable<void>;
  /** What `get` answers for each of these ids, in their order, in one round trip. Left out by a store that cannot. */
  getMany?(ids: readonly string[], options?: CallOptions): Awaitable<readonly (Uint8Array | undefined)[]>;
}

/** A cache, of values or of bytes. */
export type CacheAdapter = ValueCacheAdapter | ByteCacheAdapter;

/** One id of a backup store, without its payload. */
export interface BackupInfo {
  readonly id: string;
  /** The latest use told of: by `write` or by `touch`. */
  readonly usedAt: number;
  /** `loadedAt` of the newest record. */
  readonly loadedAt: number;
  /** Bytes in the newest record. */
  readonly size: number;
}

/** A record of a backup: its bytes and its stamp. */
export interface BackupRecord {
  readonly bytes: Uint8Array;
  readonly loadedAt: number;
}

/**
 * A backup keeps, under each id, immutable records stamped with `loadedAt`, the newest two of them at least.
 * The one with the greatest stamp is the last good value, whatever the order in which they were written.
 * An `id` is 1 to 100 characters of `a-z 0-9 _ -`. Stamps and times are whole numbers from 0 to `Number.MAX_SAFE_INTEGER`.
 */
export interface BackupAdapter {
  /** What the store is called in events and errors, such as `"fs"`. */
  readonly name: string;
  /** The newest record; with `before`, the newest whose `loadedAt` is less than that. `undefined` if there is none.
   *  An error may have the `loadedAt` of the record that could not be read: then core asks for the one before it. */
  read(id: string, options?: CallOptions & { readonly before?: number | undefined }): Awaitable<BackupRecord | undefined>;

  /**
   * Adds a record. When the promise resolves, the record is whole and survives a loss of power; when it rejects, or the
   * process dies, the record is whole or absent, and earlier ones are as they were. No reader ever sees part of one.
   * Writing a stamp that is there already replaces that record: the later of two acknowledged writes stays, whole, whatever their `usedAt`.
   * Counts as a use at `usedAt`. Afterwards, records older than the newest two may go.
   * Resolves with the greatest `loadedAt` now held for the id: more than this record's own if a newer one was there.
   */
  write(id: string, bytes: Uint8Array, options: CallOptions & { readonly loadedAt: number; readonly usedAt: number }): Awaitable<number>;

  /** Notes that the id was used at `usedAt`. An earlier use than the one known changes nothing, nor does an id without records. */
  touch(id: string, options: CallOptions & { readonly usedAt: number }): Awaitable<void>;

  /** Every id that has a record, once, in any order, streamed: memory does not grow with the store. */
  list(options?: CallOptions): AsyncIterable<BackupInfo>;

  /**
   * Deletes every record of the id; with `ifUsedBefore`, only if its `usedAt` is less than that, checked right before.
   * Resolves with whether there was something that it deleted. If it fails half-way, the newest record is the last to go.
   */
  delete(id: string, options?: CallOptions & { readonly ifUsedBefore?: number | undefined }): Awaitable<boolean>;

  /**
   * Takes the store's one lock, which keeps two processes from culling at once; `undefined` at once if another has it.
   * It saves work and nothing more: whoever loses it unawares does no harm. Left out by a store without locks.
   */
  lock?(options?: CallOptions): Awaitable<ReleaseLock | undefined>;

  /** Closes what the adapter itself opened and nothing else. A second call does nothing. */
  close?(): Awaitable<void>;
}

/** Gives the lock back. Never throws for a lock that was lost meanwhile. */
export type ReleaseLock = () => Awaitable<void>;
