import type { StoreHealth } from "../adapter/breaker.ts";
import type { Awaitable } from "../base/async.ts";
import type { Entry } from "../entry/entry.ts";
import type { KeyLeases } from "./key-leases.ts";

/** The state of a cache, in `health()`. */
export interface CacheHealth extends StoreHealth {
  /** The state of each cache in a list, nearest first. The other fields are those of the worst one. */
  readonly levels?: readonly StoreHealth[];
}

/**
 * The cache, by key. `find` and the methods that begin with `try` never fail: if the cache fails, it counts as empty, and an event reports
 * the failure. The other methods reject.
 */
export interface Cache {
  /** Whether other processes see what this one writes. */
  readonly isShared: boolean;
  readonly health: CacheHealth;
  readonly leases: KeyLeases;
  /** The copy of the key, fresh or not. */
  find(key: string): Awaitable<Entry | undefined>;
  /** Like `find`, but rejects if the cache fails, and emits no event. */
  peek(key: string): Awaitable<Entry | undefined>;
  /** Combines the reads that `work` starts before it returns into one round trip, if the cache can. */
  together<T>(work: () => T): T;
  isFresh(entry: Entry, now: number): boolean;
  /** Reads the copy of a key before it is replaced. If its stamp cannot be true, it must not keep out the next copy. */
  tryInspect(key: string): Awaitable<void>;
  tryFill(key: string, entry: Entry, ttl: number, payload?: Uint8Array): Awaitable<void>;
  /** Caches the entry where only this process sees it, which need not wait until it is durable. */
  tryFillHere(key: string, entry: Entry, ttl: number): Awaitable<void>;
  /** Deletes a copy that only this process sees. */
  tryForgetHere(key: string, stamp: number): Awaitable<void>;
  /** Deletes a copy that is not newer than `stamp`. */
  tryDeleteIfNotNewer(key: string, stamp: number): Awaitable<void>;
  /** Caches the entry for `ttl` milliseconds. `payload`: its encoded value, if it has just been loaded or set. */
  set(key: string, entry: Entry, ttl: number, payload?: Uint8Array): Awaitable<void>;
  /** Like `delete`, but a load that runs in another process may still cache its value. */
  expire(key: string, stamp: number): Awaitable<void>;
  /** Values loaded before `stamp` are no longer answers, even if the cache cannot delete them. */
  delete(key: string, stamp: number): Awaitable<void>;
  deleteIfNotNewer(key: string, stamp: number): Awaitable<void>;
  /** Whether the entry is held in this process because a level fails. */
  holds(key: string, entry: Entry): boolean;
  close(): Awaitable<void>;
}
