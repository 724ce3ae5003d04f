import type { StoreHealth } from "../adapter/breaker.ts";
import type { ValueCacheAdapter } from "../adapter/contract.ts";
import type { Guard } from "../adapter/guard.ts";
import { type Awaitable, isPromiseLike } from "../base/async.ts";
import { KeyedQueue } from "../base/keyed-queue.ts";
import type { WatchedClock } from "../time/watched-clock.ts";
import { beats, type Entry, isEntryOrNothing, isFresh } from "../entry/entry.ts";
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
    return this.#queue.run(key, () => {
      const there = this.get(key);
      if (isPromiseLike(there)) return there.then((other) => this.#replace(other, key, entry, ttl));
      return this.#replace(there, key, entry, ttl);
    });
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
    return this.#queue.run(key, async () => {
      const there = await this.get(key);
      if (there !== undefined && there.stamp < than) await this.#forget(key);
    });
  }

  close(): Awaitable<void> {
    return this.#guard.release("close", () => this.#adapter.close?.());
  }

  #forget(key: string): Awaitable<void> {
    return this.#guard.call("delete", key, (options) => this.#adapter.delete(key, options));
  }

  #replace(there: Entry | undefined, key: string, entry: Entry, ttl: number): Awaitable<void> {
    const { now, setBack } = this.#clock;
    const filledAt = now();
    // A load that started later was faster, or the value was renewed. Once that has expired, an older one may stand in.
    if (there !== undefined && beats(there, entry) && there.isBelievable(filledAt) && isFresh(there, filledAt, setBack)) return;
    return this.#guard.call("set", key, (options) => this.#adapter.set(key, entry.filled(filledAt, setBack), ttl, options));
  }
}

/** A cache that somebody else writes to as well may hold what is none of ours. */
function entryOrNothing(found: unknown): Entry | undefined {
  return isEntryOrNothing(found) ? found : undefined;
}
