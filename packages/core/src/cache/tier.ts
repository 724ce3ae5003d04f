import type { StoreHealth } from "../adapter/breaker.ts";
import type { Awaitable } from "../base/async.ts";
import type { Entry } from "../entry/entry.ts";

/** The cache as the datastore sees it: entries by key. Its methods throw `DatastoreError`s, or reject with them. */
export interface CacheTier {
  /** The copy of the key, fresh or not. One whose times cannot be true has expired. */
  get(key: string): Awaitable<Entry | undefined>;
  /** Keeps the entry for `ttl` milliseconds. `payload` is its value in bytes where it has just been loaded or set. */
  set(key: string, entry: Entry, ttl: number, payload?: Uint8Array): Awaitable<void>;
  /** Keeps a copy of what a farther level has, with its own times. A copy that beats it stays, unless that is `instead`. */
  copy(key: string, entry: Entry, ttl: number, instead: Entry | undefined): Awaitable<void>;
  /** Forgets the copy. Where the store can, its stamp stays, so that nothing older takes its place. */
  expire(key: string): Awaitable<void>;
  /** Forgets the key, and as far as the store can, what is loaded before `stamp` and arrives late. */
  delete(key: string, stamp: number): Awaitable<void>;
  /** Forgets the copy if its stamp is not greater than `stamp`, and as far as the store can, keeps such copies out. */
  deleteIfNotNewer(key: string, stamp: number): Awaitable<void>;
  /** Forgets the copy if its stamp is less than `than`. Where the store can, copies older than `stamp` are kept out. */
  deleteOlder(key: string, than: number, stamp: number): Awaitable<void>;
  /** Reads what `work` asks for, before it returns, in one round trip. Left out where that is no gain. */
  together?<T>(work: () => T): T;
  close(): Awaitable<void>;
  readonly health: StoreHealth;
}
