import type { StoreHealth } from "../adapter/breaker.ts";
import type { Awaitable } from "../base/async.ts";
import type { Entry } from "../entry/entry.ts";
import type { KeyLeases } from "./key-leases.ts";

/** The state of a cache, in `health()`. */
export interface CacheHealth extends StoreHealth {
  /** Of a list of caches, each of them, nearest first. What stands beside it is the state of the one that does worst. */
  readonly levels?: readonly StoreHealth[];
}

/**
 * The cache, by key. `find` and the methods that begin with `try` never fail: a cache that does has nothing, or keeps nothing, and
 * an event tells. The others reject.
 */
export interface Cache {
  /** Whether other processes see what is put into it. */
  readonly isShared: boolean;
  readonly health: CacheHealth;
  readonly leases: KeyLeases;
  /** What it has for the key, fresh or not. */
  find(key: string): Awaitable<Entry | undefined>;
  /** Like `find`, but rejects where the cache fails, and tells nobody. */
  peek(key: string): Awaitable<Entry | undefined>;
  /** Reads what `work` asks for, before it returns, in one round trip where the cache can. */
  together<T>(work: () => T): T;
  isFresh(entry: Entry, now: number): boolean;
  /** Looks at the copy of a key before it is replaced: one whose stamp cannot be true would keep the next out. */
  tryInspect(key: string): Awaitable<void>;
  tryFill(key: string, entry: Entry, ttl: number, payload?: Uint8Array): Awaitable<void>;
  /** Keeps the entry where this process alone sees it: that need not wait until it is durable. */
  tryFillHere(key: string, entry: Entry, ttl: number): Awaitable<void>;
  /** Takes out a copy that this process alone sees. */
  tryForgetHere(key: string, stamp: number): Awaitable<void>;
  /** Takes out a copy that is not newer than `stamp`. */
  tryDeleteIfNotNewer(key: string, stamp: number): Awaitable<void>;
  /** Keeps the entry for `ttl` milliseconds. `payload` is its value in bytes where it has just been loaded or set. */
  set(key: string, entry: Entry, ttl: number, payload?: Uint8Array): Awaitable<void>;
  /** Like `delete`, but a value whose load is under way elsewhere may still come in: the backup is to be cached again. */
  expire(key: string, stamp: number): Awaitable<void>;
  /** What was loaded before `stamp` is no answer any more, even if the cache cannot forget it. */
  delete(key: string, stamp: number): Awaitable<void>;
  deleteIfNotNewer(key: string, stamp: number): Awaitable<void>;
  /** Whether the entry is a copy that is held in place of a level that fails. */
  holds(key: string, entry: Entry): boolean;
  close(): Awaitable<void>;
}
