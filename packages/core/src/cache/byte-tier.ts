import type { StoreHealth } from "../adapter/breaker.ts";
import type { CacheOrder } from "../adapter/cache-order.ts";
import type { ByteCacheAdapter, CallOptions } from "../adapter/contract.ts";
import type { Guard } from "../adapter/guard.ts";
import { attempt, type Awaitable, itself, rethrow } from "../base/async.ts";
import { KeyedQueue } from "../base/keyed-queue.ts";
import { RecentMap } from "../base/recent-map.ts";
import type { WatchedClock } from "../time/watched-clock.ts";
import { beats, type Entry, isBelievable } from "../entry/entry.ts";
import { recordId } from "../entry/record-id.ts";
import type { RecordFormat } from "../entry/record-format.ts";
import { DatastoreError } from "../report/errors.ts";
import { ReadsTogether } from "./reads-together.ts";
import type { CacheTier } from "./tier.ts";

// How many milliseconds a record stays after its expiry in a store that compares stamps: as long as an older load may still run.
const LATE = 60_000;

/** Stores envelopes under record ids, and checks each record before it decodes it. */
export class ByteTier implements CacheTier {
  readonly #adapter: ByteCacheAdapter;
  readonly #guard: Guard;
  readonly #records: RecordFormat;
  readonly #reads: ReadsTogether;
  readonly #clock: WatchedClock;
  readonly #queue = new KeyedQueue(); // so that a deletion runs after earlier writes
  /** Keys whose record has a stamp that cannot be true, and would keep out every value. */
  readonly #distrusted = new RecentMap<true>(10_000);
  /** What this process has filled since the clock was set back. */
  readonly #fills = new RecentMap<{ readonly filledAt: number; readonly setBack: number }>(10_000);

  constructor(adapter: ByteCacheAdapter, guard: Guard, records: RecordFormat, clock: WatchedClock) {
    this.#adapter = adapter;
    this.#guard = guard;
    this.#records = records;
    this.#reads = new ReadsTogether(adapter, guard);
    this.#clock = clock;
  }

  get health(): StoreHealth {
    return this.#guard.health;
  }

  get(key: string): Awaitable<Entry | undefined> {
    return this.getThen(key, itself, rethrow);
  }

  getThen<T>(key: string, found: (entry: Entry | undefined) => T, failed: (error: unknown) => T): Awaitable<T> {
    return this.#reads.read(key, (bytes) => attempt(() => this.#decode(key, bytes), found, failed), failed);
  }

  together<T>(work: () => T): T {
    return this.#reads.together(work);
  }

  set(key: string, entry: Entry, ttl: number, payload?: Uint8Array): Awaitable<void> {
    const { now, setBack } = this.#clock;
    const copy = entry.filled(now(), setBack);
    const bytes = this.#records.toCacheRecord(key, copy, payload ?? this.#records.encodeValue(key, entry.value));
    if (setBack > 0) this.#fills.set(key, { filledAt: copy.filledAt, setBack });
    // A value just loaded or set is known to be the newest. A value from a backup may be late, and older than what is there by now.
    const mayBeLate = entry.stale || (payload === undefined && this.#adapter.setUnlessNewer === undefined);
    if (mayBeLate) return this.#queue.run(key, () => this.#setIfNewest(key, bytes, ttl, entry));
    return this.#queue.run(key, () => this.#write(key, bytes, ttl, { loadedAt: entry.stamp, freshUntil: entry.expiresAt }));
  }

  /** A shared level compares stamps, whatever this process has read there before. */
  copy(key: string, entry: Entry, ttl: number): Awaitable<void> {
    return this.set(key, entry, ttl);
  }

  expire(key: string): Awaitable<void> {
    if (this.#adapter.setUnlessNewer === undefined) return this.#queue.run(key, () => this.#forget(key));
    return this.#queue.run(key, async () => {
      const stamp = (await this.#timesThere(key))?.stamp;
      await (stamp === undefined ? this.#forget(key) : this.#writeTombstone(key, stamp));
    });
  }

  delete(key: string, stamp: number): Awaitable<void> {
    if (this.#adapter.setUnlessNewer === undefined) return this.expire(key);
    return this.#queue.run(key, async () => {
      await this.#forget(key);
      await this.#writeTombstone(key, stamp);
    });
  }

  deleteIfNotNewer(key: string, stamp: number): Awaitable<void> {
    if (this.#adapter.setUnlessNewer === undefined) return this.deleteOlder(key, stamp + 1, stamp);
    return this.#queue.run(key, () => this.#writeTombstone(key, stamp));
  }

  deleteOlder(key: string, than: number, stamp: number): Awaitable<void> {
    return this.#queue.run(key, async () => {
      const there = (await this.#timesThere(key))?.stamp;
      if (there !== undefined && there >= than) return;
      if (this.#adapter.setUnlessNewer === undefined) return this.#forget(key);
      const newest = Math.max(stamp, there ?? 0);
      return newest === 0 ? this.#forget(key) : this.#writeTombstone(key, newest);
    });
  }

  close(): Awaitable<void> {
    return this.#guard.release("close", () => this.#adapter.close?.());
  }

  #write(key: string, bytes: Uint8Array, ttl: number, order: CacheOrder): Awaitable<void> {
    return this.#guard.call("set", key, (call) => this.#put(key, bytes, ttl, order, call));
  }

  async #setIfNewest(key: string, bytes: Uint8Array, ttl: number, entry: Entry): Promise<void> {
    const { stamp, stale, expiresAt } = entry;
    const { setBack } = this.#clock;
    const now = this.#clock.now();
    const there = await this.#copyThere(key);
    if (there !== undefined && beats(there, entry) && there.isFresh(now, setBack)) return;
    // A store that compares must keep a copy renewed since this look, but not the expired copy just seen.
    const order = stale ? { loadedAt: stamp, unlessFreshAfter: Math.max(now, there?.expiresAt ?? 0) } : { loadedAt: stamp, freshUntil: expiresAt };
    await this.#write(key, bytes, ttl, order);
  }

  /** The copy that the store has; `undefined` if there is none, or it cannot be read. */
  async #copyThere(key: string): Promise<Entry | undefined> {
    const bytes = await this.#reads.read(key, itself, rethrow);
    try {
      return this.#decode(key, bytes);
    } catch {
      return undefined;
    }
  }

  /** The times of the copy or tombstone that the store has; `undefined` if there is none, or they cannot be true. */
  async #timesThere(key: string): Promise<ReturnType<RecordFormat["timesOf"]>> {
    const bytes = await this.#reads.read(key, itself, rethrow);
    const times = bytes && this.#records.timesOf(key, bytes);
    if (times === undefined || isBelievable(times.stamp, this.#clock.now())) return times;
    this.#distrusted.set(key, true);
    return undefined;
  }

  #forget(key: string): Awaitable<void> {
    return this.#guard.call("delete", key, (call) => this.#adapter.delete(recordId(key), call));
  }

  /** Leaves a tombstone that keeps out loads which another process began before. */
  #writeTombstone(key: string, stamp: number): Awaitable<void> {
    return this.#write(key, this.#records.tombstone(key, stamp), 0, { loadedAt: stamp });
  }

  /** Another process may have cached a newer value since. A store that compares keeps that. */
  #put(key: string, bytes: Uint8Array, ttl: number, order: CacheOrder, call: CallOptions): Awaitable<void> {
    const id = recordId(key);
    if (this.#adapter.setUnlessNewer === undefined) return this.#adapter.set(id, bytes, ttl, call);
    const options = Object.assign(call, order);
    if (this.#distrusted.get(key) === undefined) return this.#adapter.setUnlessNewer(id, bytes, ttl + LATE, options);
    return this.#replace(key, bytes, ttl, options);
  }

  /** Deletes the record that would keep this one out, and then writes. */
  async #replace(key: string, bytes: Uint8Array, ttl: number, options: CallOptions & CacheOrder): Promise<void> {
    await this.#adapter.delete(recordId(key), options);
    this.#distrusted.delete(key);
    await this.#adapter.setUnlessNewer?.(recordId(key), bytes, ttl + LATE, options);
  }

  #decode(key: string, bytes: Uint8Array | undefined): Entry | undefined {
    if (bytes === undefined) return undefined;
    const entry = this.#records.fromRecord(key, bytes);
    if (entry === undefined) return this.#tombstone(key, bytes);
    if (typeof entry === "string") throw this.#unreadable(key, entry);
    const believed = entry.believed(this.#clock.now());
    if (believed !== entry) this.#distrusted.set(key, true);
    return this.#clock.setBack === 0 ? believed : this.#sinceSetBack(key, believed);
  }

  #tombstone(key: string, bytes: Uint8Array): undefined {
    const stamp = this.#records.timesOf(key, bytes)?.stamp ?? 0;
    if (!isBelievable(stamp, this.#clock.now())) this.#distrusted.set(key, true);
  }

  /** If this clock has shown a copy's time twice, a copy of another process counts as filled before the clock was set back. */
  #sinceSetBack(key: string, entry: Entry): Entry {
    const { setBack, latest } = this.#clock;
    const { filledAt } = entry;
    if (filledAt > latest) return entry.filled(filledAt, setBack);
    const own = this.#fills.get(key);
    return own?.filledAt === filledAt ? entry.filled(filledAt, own.setBack) : entry;
  }

  #unreadable(key: string, reason: string): DatastoreError {
    const { name } = this.#adapter;
    // Its stamp may be damaged as well. A record of a newer format belongs to a newer release.
    if (reason !== "newer format") this.#distrusted.set(key, true);
    return new DatastoreError("UNREADABLE", `${name} has a record that cannot be used: ${reason}`, { key, adapter: name, operation: "get" });
  }
}
