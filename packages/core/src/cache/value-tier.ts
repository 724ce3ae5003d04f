import type { StoreHealth } from "../adapter/breaker.ts";
import type { ValueCacheAdapter } from "../adapter/contract.ts";
import type { Guard } from "../adapter/guard.ts";
import { type Awaitable, isPromiseLike } from "../base/async.ts";
import { KeyedQueue } from "../base/keyed-queue.ts";
import type { WatchedClock } from "../time/watched-clock.ts";
import { beats, type Entry, isEntryOrNothing } from "../entry/entry.ts";
import type { CacheTier } from "./tier.ts";

/** Entries as they are, under the keys as they are: nothing leaves the process. */
export class ValueTier implements CacheTier {
  readonly #adapter: ValueCacheAdapter;
  readonly #clock: WatchedClock;
  readonly #guard: Guard;
  readonly #queue = new KeyedQueue(); // a deletion comes after the writes that were asked for before it

  constructor(adapter: ValueCacheAdapter, guard: Guard, clock: WatchedClock) {
    this.#adapter = adapter;
    this.#guard = guard;
    this.#clock = clock;
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
    return this.#queue.run(key, () => this.#withCopy(key, (there) => this.#replace(there, key, entry, ttl)));
  }

  copy(key: string, entry: Entry, ttl: number, instead: Entry | undefined): Awaitable<void> {
    return this.#queue.run(key, () => this.#withCopy(key, (there) => (there !== instead && this.#isBeaten(there, entry) ? undefined : this.#put(key, entry, ttl))));
  }

  expire(key: string): Awaitable<void> {
    return this.#queue.run(key, () => this.#forget(key));
  }

  delete(key: string): Awaitable<void> {
    return this.expire(key);
  }

  deleteIfNotNewer(key: string, stamp: number): Awaitable<void> {
    return this.deleteOlder(key, stamp + 1);
  }

  deleteOlder(key: string, than: number): Awaitable<void> {
    return this.#queue.run(key, () => this.#withCopy(key, (there) => (there !== undefined && there.stamp < than ? this.#forget(key) : undefined)));
  }

  close(): Awaitable<void> {
    return this.#guard.release("close", () => this.#adapter.close?.());
  }

  #forget(key: string): Awaitable<void> {
    return this.#guard.call("delete", key, (options) => this.#adapter.delete(key, options));
  }

  #withCopy(key: string, work: (there: Entry | undefined) => Awaitable<void>): Awaitable<void> {
    const there = this.get(key);
    return isPromiseLike(there) ? there.then(work) : work(there);
  }

  #replace(there: Entry | undefined, key: string, entry: Entry, ttl: number): Awaitable<void> {
    const { now, setBack } = this.#clock;
    return this.#isBeaten(there, entry) ? undefined : this.#put(key, entry.filled(now(), setBack), ttl);
  }

  /** A load that started later was faster, or the value was renewed. Once that has expired, an older one may stand in. */
  #isBeaten(there: Entry | undefined, entry: Entry): boolean {
    if (there === undefined || !beats(there, entry)) return false;
    const now = this.#clock.now();
    return there.isBelievable(now) && there.isFresh(now, this.#clock.setBack);
  }

  #put(key: string, entry: Entry, ttl: number): Awaitable<void> {
    return this.#guard.call("set", key, (options) => this.#adapter.set(key, entry, ttl, options));
  }
}

/** A cache that somebody else writes to as well may hold what is none of ours. */
function entryOrNothing(found: unknown): Entry | undefined {
  return isEntryOrNothing(found) ? found : undefined;
}
