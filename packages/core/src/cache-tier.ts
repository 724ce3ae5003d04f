import type { Awaitable, ByteCacheAdapter, CacheAdapter, CallOptions, ValueCacheAdapter } from "./adapter.ts";
import type { StoreHealth } from "./breaker.ts";
import { type Entry, isEntryOrNothing } from "./entry.ts";
import { DatastoreError } from "./errors.ts";
import type { Guard } from "./guard.ts";
import { KeyedQueue } from "./keyed-queue.ts";
import { isPromiseLike } from "./promises.ts";
import { recordId } from "./record-id.ts";
import type { Records } from "./records.ts";

// How long a record outlasts its freshness where the store compares stamps: as long as an older load may be under way.
const LATE = 60_000;

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
  withdraw(key: string, loadedAt: number): Awaitable<void>;
  close(): Awaitable<void>;
  readonly health: StoreHealth;
}

export function cacheTier(adapter: CacheAdapter, guard: Guard, records: Records, now: () => number): CacheTier {
  return adapter.stores === "values" ? new ValueTier(adapter, guard, now) : new ByteTier(adapter, guard, records);
}

/** Entries as they are, under the keys as they are: nothing leaves the process. */
class ValueTier implements CacheTier {
  readonly #adapter: ValueCacheAdapter;
  readonly #now: () => number;
  readonly #guard: Guard;
  readonly #queue = new KeyedQueue(); // a deletion comes after the writes that were asked for before it

  constructor(adapter: ValueCacheAdapter, guard: Guard, now: () => number) {
    this.#adapter = adapter;
    this.#guard = guard;
    this.#now = now;
  }

  get health(): StoreHealth {
    return this.#guard.health;
  }

  /** The path of every hit: nothing is made on it. */
  get(key: string): Awaitable<Entry | undefined> {
    this.#guard.admit("get", key);
    try {
      const found = this.#adapter.get(key);
      const isHere = isEntryOrNothing(found);
      if (!isHere && isPromiseLike(found)) return this.#guard.settle("get", key, found).then(entryOrNothing);
      this.#guard.answered("get");
      return isHere ? found : undefined;
    } catch (error) {
      throw this.#guard.failed("get", key, error);
    }
  }

  set(key: string, entry: Entry, ttl: number): Awaitable<void> {
    return this.#queue.run(key, () => {
      const there = this.get(key);
      if (isPromiseLike(there)) return there.then((other) => this.#replace(other, key, entry, ttl));
      return this.#replace(there, key, entry, ttl);
    });
  }

  expire(key: string): Awaitable<void> {
    return this.#queue.run(key, () => this.#guard.call("delete", key, (options) => this.#adapter.delete(key, options)));
  }

  delete(key: string): Awaitable<void> {
    return this.expire(key);
  }

  async withdraw(key: string, loadedAt: number): Promise<void> {
    const there = await this.get(key);
    if (there !== undefined && there.loadedAt <= loadedAt) await this.expire(key);
  }

  close(): Awaitable<void> {
    return this.#guard.release("close", () => this.#adapter.close?.());
  }

  #replace(there: Entry | undefined, key: string, entry: Entry, ttl: number): Awaitable<void> {
    // A load that started later was faster. Once its value has expired, an older one may stand in.
    if (there !== undefined && there.loadedAt > entry.loadedAt && there.expiresAt > this.#now()) return;
    return this.#guard.call("set", key, (options) => this.#adapter.set(key, entry, ttl, options));
  }
}

/** A cache that somebody else writes to as well may hold what is none of ours. */
function entryOrNothing(found: unknown): Entry | undefined {
  return isEntryOrNothing(found) ? found : undefined;
}

/** Envelopes under record ids: every record is checked before it is decoded. */
class ByteTier implements CacheTier {
  readonly #adapter: ByteCacheAdapter;
  readonly #guard: Guard;
  readonly #queue = new KeyedQueue(); // a deletion comes after the writes that were asked for before it
  readonly #records: Records;

  constructor(adapter: ByteCacheAdapter, guard: Guard, records: Records) {
    this.#adapter = adapter;
    this.#guard = guard;
    this.#records = records;
  }

  get health(): StoreHealth {
    return this.#guard.health;
  }

  get(key: string): Awaitable<Entry | undefined> {
    const found = this.#guard.call("get", key, (options) => this.#adapter.get(recordId(key), options));
    return isPromiseLike(found) ? found.then((bytes) => this.#decode(key, bytes)) : this.#decode(key, found);
  }

  set(key: string, entry: Entry, ttl: number, payload?: Uint8Array): Awaitable<void> {
    const bytes = this.#records.encode(key, entry, payload ?? this.#records.payload(key, entry.value));
    return this.#queue.run(key, () => this.#guard.call("set", key, (call) => this.#put(key, bytes, ttl, entry.loadedAt, call)));
  }

  expire(key: string): Awaitable<void> {
    return this.#queue.run(key, () => this.#forget(key));
  }

  delete(key: string, stamp: number): Awaitable<void> {
    if (this.#adapter.setUnlessNewer === undefined) return this.expire(key);
    return this.#queue.run(key, async () => {
      await this.#forget(key);
      await this.#bury(key, stamp);
    });
  }

  withdraw(key: string, loadedAt: number): Awaitable<void> {
    if (this.#adapter.setUnlessNewer === undefined) return this.expire(key);
    return this.#queue.run(key, () => this.#bury(key, loadedAt));
  }

  close(): Awaitable<void> {
    return this.#guard.release("close", () => this.#adapter.close?.());
  }

  #forget(key: string): Awaitable<void> {
    return this.#guard.call("delete", key, (call) => this.#adapter.delete(recordId(key), call));
  }

  /** Leaves a mark that keeps out what another process had begun to load before. */
  #bury(key: string, stamp: number): Awaitable<void> {
    return this.#guard.call("set", key, (call) => this.#put(key, this.#records.tombstone(key, stamp), 0, stamp, call));
  }

  /** Another process may have cached a newer value since: where the store can, it keeps that. */
  #put(key: string, bytes: Uint8Array, ttl: number, loadedAt: number, call: CallOptions): Awaitable<void> {
    const id = recordId(key);
    if (this.#adapter.setUnlessNewer === undefined) return this.#adapter.set(id, bytes, ttl, call);
    return this.#adapter.setUnlessNewer(id, bytes, ttl + LATE, Object.assign(call, { loadedAt }));
  }

  #decode(key: string, bytes: Uint8Array | undefined): Entry | undefined {
    if (bytes === undefined) return undefined;
    const entry = this.#records.decode(key, bytes);
    if (typeof entry !== "string") return entry;
    const message = `${this.#adapter.name} has a record that cannot be used: ${entry}`;
    throw new DatastoreError("UNREADABLE", message, { key, adapter: this.#adapter.name, operation: "get" });
  }
}
