import type { StoreHealth } from "../adapter/breaker.ts";
import type { Awaitable } from "../base/async.ts";
import type { Entry } from "../entry/entry.ts";

/** The cache as the datastore sees it: entries by key. Its methods throw `DatastoreError`s, or reject with them. */
export interface CacheTier {
  get(key: string): Awaitable<Entry | undefined>;
  /** Keeps the entry for `ttl` milliseconds. `payload` is its value in bytes, where it has been encoded before. */
  set(key: string, entry: Entry, ttl: number, payload?: Uint8Array): Awaitable<void>;
  /** Forgets the key. */
  expire(key: string): Awaitable<void>;
  /** Forgets the key, and as far as the store can, what is loaded before `stamp` and arrives late. */
  delete(key: string, stamp: number): Awaitable<void>;
  /** Forgets the key if what is there was loaded at `loadedAt` or before. */
  deleteIfNotNewer(key: string, loadedAt: number): Awaitable<void>;
  close(): Awaitable<void>;
  readonly health: StoreHealth;
}
