import type { StoreHealth } from "../adapter/breaker.ts";
import type { CacheAdapter } from "../adapter/contract.ts";
import type { Guard } from "../adapter/guard.ts";
import { mapAwaitable, type Awaitable } from "../base/async.ts";
import { type Entry, isEntryOrNothing } from "../entry/entry.ts";
import type { RecordFormat } from "../entry/record-format.ts";
import type { Operation } from "../report/errors.ts";
import type { Events } from "../report/events.ts";
import { ByteTier } from "./byte-tier.ts";
import { MissedWrites } from "./missed-writes.ts";
import type { CacheTier } from "./tier.ts";
import { ValueTier } from "./value-tier.ts";

export interface CacheParts {
  readonly adapter: CacheAdapter;
  readonly guard: Guard;
  readonly records: RecordFormat;
  readonly events: Events;
  readonly now: () => number;
}

/**
 * The cache, by key. A `get` uses `find` and the methods that begin with `try`, which never fail: a cache that does has
 * nothing, or keeps nothing, and an event tells. The others reject.
 */
export class Cache {
  /** Whether other processes see what is put into it. */
  readonly isShared: boolean;
  readonly #tier: CacheTier;
  readonly #events: Events;
  readonly #missed = new MissedWrites();

  constructor({ adapter, guard, records, events, now }: CacheParts) {
    this.isShared = adapter.stores === "bytes";
    this.#tier = adapter.stores === "values" ? new ValueTier(adapter, guard, now) : new ByteTier(adapter, guard, records);
    this.#events = events;
  }

  get health(): StoreHealth {
    return this.#tier.health;
  }

  /** What it has for the key, fresh or not. */
  find(key: string): Awaitable<Entry | undefined> {
    try {
      const found = this.#tier.get(key);
      if (isEntryOrNothing(found)) return this.#unlessOutdated(key, found);
      return found.then(
        (entry) => this.#unlessOutdated(key, entry),
        (error) => this.#failed(key, "get", error),
      );
    } catch (error) {
      return this.#failed(key, "get", error);
    }
  }

  tryFill(key: string, entry: Entry, ttl: number, payload?: Uint8Array): Awaitable<void> {
    return mapAwaitable(() => this.set(key, entry, ttl, payload), nothing, (error) => this.#failed(key, "set", error));
  }

  /** Takes an entry out again, unless a newer one is there. */
  async tryDeleteIfNotNewer(key: string, entry: Entry): Promise<void> {
    try {
      await this.#tier.deleteIfNotNewer(key, entry.loadedAt);
    } catch (error) {
      this.#failed(key, "delete", error);
    }
  }

  async tryDelete(key: string, deletedAt: number): Promise<void> {
    try {
      await this.delete(key, deletedAt);
    } catch (error) {
      this.#failed(key, "delete", error);
    }
  }

  /** Keeps the entry for `ttl` milliseconds. `payload` is its value in bytes, where it has been encoded before. */
  set(key: string, entry: Entry, ttl: number, payload?: Uint8Array): Awaitable<void> {
    return this.#orMissed(key, entry.loadedAt, () => this.#tier.set(key, entry, ttl, payload));
  }

  /** Like `delete`, but a value whose load is under way elsewhere may still come in: the backup is to be cached again. */
  expire(key: string, stamp: number): Awaitable<void> {
    return this.#orMissed(key, stamp, () => this.#tier.expire(key));
  }

  /** What was loaded before `stamp` is no answer any more, even if the cache cannot forget it. */
  delete(key: string, stamp: number): Awaitable<void> {
    return this.#orMissed(key, stamp, () => this.#tier.delete(key, stamp));
  }

  close(): Awaitable<void> {
    return this.#tier.close();
  }

  #orMissed(key: string, stamp: number, write: () => Awaitable<void>): Awaitable<void> {
    const made = (): void => this.#missed.clear(key);
    return mapAwaitable(write, made, (error) => {
      this.#missed.add(key, stamp);
      throw error;
    });
  }

  #unlessOutdated(key: string, entry: Entry | undefined): Entry | undefined {
    return entry !== undefined && this.#missed.outdates(key, entry.loadedAt) ? undefined : entry;
  }

  #failed(key: string, operation: Operation, error: unknown): undefined {
    this.#events.emit("cacheFailed", { key, operation, error });
  }
}

function nothing(): void {}
