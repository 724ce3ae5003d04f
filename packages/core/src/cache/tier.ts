import type { StoreHealth } from "../adapter/breaker.ts";
import type { Awaitable } from "../base/async.ts";
import type { Entry } from "../entry/entry.ts";

type Found = Entry | undefined;

/** The cache as the datastore sees it: entries by key. Its methods throw `DatastoreError`s, or reject with them. */
export interface CacheTier {
  /** The copy of the key, fresh or not. One whose times cannot be true has expired. */
  get(key: string): Awaitable<Entry | undefined>;
  /** Like `mapAwaitable(() => get(key), found, failed)` with one promise less. Left out if nearly every `get` answers at once. */
  getThen?(key: string, found: (entry: Found) => Found, failed: (error: unknown) => Found): Awaitable<Found>;
  /** Stores the entry for `ttl` milliseconds. `payload`: its encoded value, if it has just been loaded or set. */
  set(key: string, entry: Entry, ttl: number, payload?: Uint8Array): Awaitable<void>;
  /** Keeps a copy of what a farther level has, with its own times. A copy that beats it stays, unless that is `instead`. */
  copy(key: string, entry: Entry, ttl: number, instead: Entry | undefined): Awaitable<void>;
  /** Forgets the copy. Where the store can, its stamp stays, so that nothing older takes its place. */
  expire(key: string): Awaitable<void>;
  /** Forgets the key. If the store can, it also keeps out values that were loaded before `stamp` and arrive late. */
  delete(key: string, stamp: number): Awaitable<void>;
  /** Forgets the copy if its stamp is not greater than `stamp`. If the store can, it keeps such copies out. */
  deleteIfNotNewer(key: string, stamp: number): Awaitable<void>;
  /** Forgets the copy if its stamp is less than `than`. Where the store can, copies older than `stamp` are kept out. */
  deleteOlder(key: string, than: number, stamp: number): Awaitable<void>;
  /** Combines the reads that `work` starts before it returns into one round trip. Left out if that saves nothing. */
  together?<T>(work: () => T): T;
  close(): Awaitable<void>;
  readonly health: StoreHealth;
}
