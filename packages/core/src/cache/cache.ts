import type { StoreHealth } from "../adapter/breaker.ts";
import type { CacheAdapter } from "../adapter/contract.ts";
import type { Guard } from "../adapter/guard.ts";
import { type Awaitable, mapAwaitable, nothing, rethrow } from "../base/async.ts";
import type { Background } from "../base/background.ts";
import type { WatchedClock } from "../time/watched-clock.ts";
import { beats, type Entry, isEntryOrNothing, isFresh } from "../entry/entry.ts";
import type { RecordFormat } from "../entry/record-format.ts";
import type { Operation } from "../report/errors.ts";
import type { Events } from "../report/events.ts";
import { ByteTier } from "./byte-tier.ts";
import { CatchUp } from "./catch-up.ts";
import { HeldCopies, newerOf } from "./held-copies.ts";
import { type MissedWrite, MissedWrites } from "./missed-writes.ts";
import { isOfTheStore } from "./store-failure.ts";
import type { CacheTier } from "./tier.ts";
import { ValueTier } from "./value-tier.ts";

export interface CacheParts {
  readonly adapter: CacheAdapter;
  readonly guard: Guard;
  readonly records: RecordFormat;
  readonly events: Events;
  readonly background: Background;
  readonly clock: WatchedClock;
}

/**
 * The cache, by key. `find` and the methods that begin with `try` never fail: a cache that does has nothing, or keeps nothing, and
 * an event tells. The others reject.
 *
 * While a shared cache fails, what it should be given is held in this process. When it is back, held copies go, and it is told of
 * the writes that it missed.
 */
export class Cache {
  /** Whether other processes see what is put into it. */
  readonly isShared: boolean;
  readonly #tier: CacheTier;
  readonly #events: Events;
  readonly #clock: WatchedClock;
  readonly #missed = new MissedWrites();
  readonly #held = new HeldCopies();
  readonly #catchUp: CatchUp;
  #failsToRead = false;
  #failsToWrite = false;

  constructor({ adapter, guard, records, events, background, clock }: CacheParts) {
    this.isShared = adapter.stores === "bytes";
    this.#tier = adapter.stores === "values" ? new ValueTier(adapter, guard, clock) : new ByteTier(adapter, guard, records, clock);
    this.#events = events;
    this.#clock = clock;
    this.#catchUp = new CatchUp({
      tier: this.#tier,
      missed: this.#missed,
      background,
      done: () => void ((this.#failsToWrite || this.#failsToRead) && this.#isBack()),
      failed: (key, error) => this.#failed(key, "delete", error),
    });
  }

  get health(): StoreHealth {
    return this.#tier.health;
  }

  /** What it has for the key, fresh or not. */
  find(key: string): Awaitable<Entry | undefined> {
    try {
      const found = this.#tier.get(key);
      return isEntryOrNothing(found) ? this.#found(key, found) : this.#foundLater(key, found);
    } catch (error) {
      return this.#notFound(key, error);
    }
  }

  #foundLater(key: string, found: PromiseLike<Entry | undefined>): PromiseLike<Entry | undefined> {
    return found.then((entry) => this.#found(key, entry), (error) => this.#notFound(key, error));
  }

  /** Like `find`, but rejects where the cache fails, and tells nobody. */
  peek(key: string): Awaitable<Entry | undefined> {
    return mapAwaitable(() => this.#tier.get(key), (entry) => this.#answerOf(key, entry), (error) => this.#held.get(key) ?? rethrow(error));
  }

  together<T>(work: () => T): T {
    return this.#tier.together === undefined ? work() : this.#tier.together(work);
  }

  isFresh(entry: Entry, now: number): boolean {
    return isFresh(entry, now, this.#clock.setBack);
  }

  /** Looks at the copy of a key before it is replaced: one whose stamp cannot be true would keep the next out. */
  tryInspect(key: string): Awaitable<void> {
    return mapAwaitable(() => this.#tier.get(key), nothing, nothing);
  }

  tryFill(key: string, entry: Entry, ttl: number, payload?: Uint8Array): Awaitable<void> {
    return mapAwaitable(() => this.set(key, entry, ttl, payload), nothing, (error) => this.#failed(key, "set", error));
  }

  /** Takes out a copy that is not newer than `stamp`. */
  tryDeleteIfNotNewer(key: string, stamp: number): Awaitable<void> {
    return mapAwaitable(() => this.deleteIfNotNewer(key, stamp), nothing, (error) => this.#failed(key, "delete", error));
  }

  /** Keeps the entry for `ttl` milliseconds. `payload` is its value in bytes where it has just been loaded or set. */
  set(key: string, entry: Entry, ttl: number, payload?: Uint8Array): Awaitable<void> {
    const set = (): Awaitable<void> => this.#tier.set(key, entry, ttl, payload);
    // A stand-in does not replace a fresh copy of its own stamp, and one that was to be expired may still be there.
    return this.#orMissed(key, { outdates: entry.stamp, stamp: entry.stamp }, entry, entry.stale ? () => this.#catchUp.before(key, set) : set);
  }

  /** Like `delete`, but a value whose load is under way elsewhere may still come in: the backup is to be cached again. */
  expire(key: string, stamp: number): Awaitable<void> {
    return this.#orMissed(key, { outdates: stamp, stamp: 0 }, undefined, () => this.#tier.expire(key));
  }

  /** What was loaded before `stamp` is no answer any more, even if the cache cannot forget it. */
  delete(key: string, stamp: number): Awaitable<void> {
    return this.#orMissed(key, { outdates: stamp, stamp }, undefined, () => this.#tier.delete(key, stamp));
  }

  deleteIfNotNewer(key: string, stamp: number): Awaitable<void> {
    return this.#orMissed(key, { outdates: stamp + 1, stamp }, undefined, () => this.#tier.deleteIfNotNewer(key, stamp));
  }

  close(): Awaitable<void> {
    this.#catchUp.stop();
    return this.#tier.close();
  }

  #orMissed(key: string, write: MissedWrite, entry: Entry | undefined, work: () => Awaitable<void>): Awaitable<void> {
    return mapAwaitable(
      work,
      () => this.#written(key, write, entry),
      (error) => this.#missedWrite(key, write, entry, error),
    );
  }

  #written(key: string, write: MissedWrite, entry: Entry | undefined): void {
    this.#missed.clear(key);
    if (!this.#failsToWrite && !this.#failsToRead) return;
    this.#failsToWrite = false;
    if (this.#failsToRead) this.#holdOrLetGo(key, write, entry);
    else this.#isBack();
  }

  #missedWrite(key: string, write: MissedWrite, entry: Entry | undefined, error: unknown): never {
    const failsItself = isOfTheStore(error);
    if (failsItself) this.#failsToWrite = true;
    this.#missed.add(key, write);
    this.#holdOrLetGo(key, write, failsItself ? entry : undefined);
    this.#catchUp.soon();
    throw error;
  }

  /** Holds the entry, if there is one, or lets go of what is no answer after this write. */
  #holdOrLetGo(key: string, { outdates }: MissedWrite, entry: Entry | undefined): void {
    const now = this.#clock.now();
    const held = this.#held.get(key);
    if (entry !== undefined && this.isShared) {
      const isLate = held !== undefined && beats(held, entry) && this.isFresh(held, now);
      if (!isLate) this.#held.hold(key, entry.filled(now, this.#clock.setBack));
    } else if (held !== undefined && held.stamp < outdates) this.#held.delete(key);
  }

  #found(key: string, entry: Entry | undefined): Entry | undefined {
    if (this.#failsToRead) this.#isBack();
    return this.#answerOf(key, entry);
  }

  /** Unless the cache missed what has been said of the key since, or a newer copy is held. */
  #answerOf(key: string, entry: Entry | undefined): Entry | undefined {
    const found = entry !== undefined && this.#missed.isOutdated(key, entry.stamp) ? undefined : entry;
    return this.#held.isEmpty ? found : this.#newerOf(found, this.#held.get(key));
  }

  #notFound(key: string, error: unknown): Entry | undefined {
    if (isOfTheStore(error)) this.#failsToRead = true;
    this.#failed(key, "get", error);
    return this.#held.get(key);
  }

  /** Writes may fail where reads do not, as in a cache that is full: what is held answers for what could not be written. */
  #newerOf(found: Entry | undefined, held: Entry | undefined): Entry | undefined {
    const now = this.#clock.now();
    return newerOf(found, held, (entry) => this.isFresh(entry, now));
  }

  #isBack(): void {
    this.#failsToRead = false;
    this.#failsToWrite = false;
    this.#held.clear();
    if (!this.#missed.isEmpty) this.#catchUp.now();
  }

  #failed(key: string, operation: Operation, error: unknown): undefined {
    this.#events.emit("cacheFailed", { key, operation, error });
  }
}
