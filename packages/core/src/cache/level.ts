import { type Awaitable, mapAwaitable, nothing, rethrow } from "../base/async.ts";
import type { WatchedClock } from "../time/watched-clock.ts";
import { type Entry, isEntryOrNothing } from "../entry/entry.ts";
import type { Events } from "../report/events.ts";
import { ByteTier } from "./byte-tier.ts";
import type { Cache, CacheHealth } from "./cache.ts";
import { CatchUp } from "./catch-up.ts";
import { HeldCopies } from "./held-copies.ts";
import { KeyLeases } from "./key-leases.ts";
import type { LevelParts } from "./level-parts.ts";
import { type MissedWrite, MissedWrites } from "./missed-writes.ts";
import { isOfTheStore } from "./store-failure.ts";
import type { CacheTier } from "./tier.ts";
import { ValueTier } from "./value-tier.ts";

/** One cache adapter. While a shared cache fails, its writes are held in this process, and repeated when it is back. */
export class Level implements Cache {
  readonly isShared: boolean;
  readonly leases: KeyLeases;
  readonly #tier: CacheTier;
  readonly #events: Events;
  readonly #clock: WatchedClock;
  readonly #missed = new MissedWrites();
  readonly #held: HeldCopies;
  readonly #catchUp: CatchUp;
  readonly #acknowledged: LevelParts["acknowledged"];
  /** Whether nothing speaks against what the cache finds: it has failed no call, or has made up for all of them. One flag, because every hit asks. */
  #isSound = true;
  #failsToRead = false;
  #failsToWrite = false;

  constructor({ adapter, guard, records, events, background, clock, acknowledged }: LevelParts) {
    this.isShared = adapter.stores === "bytes";
    this.#tier = adapter.stores === "values" ? new ValueTier(adapter, guard, clock) : new ByteTier(adapter, guard, records, clock);
    this.leases = new KeyLeases(adapter, guard, events);
    this.#events = events;
    this.#clock = clock;
    this.#held = new HeldCopies(clock, this.isShared);
    this.#acknowledged = acknowledged;
    this.#catchUp = new CatchUp({
      tier: this.#tier,
      missed: this.#missed,
      background,
      told: (key, { outdates }) => this.#acknowledged?.(key, outdates, true),
      done: () => void ((this.#failsToWrite || this.#failsToRead) && this.#isBack()),
      failed: (key, error) => this.#failed(key, "delete", error),
    });
  }

  get health(): CacheHealth {
    return this.#tier.health;
  }

  find(key: string): Awaitable<Entry | undefined> {
    if (this.#tier.getThen !== undefined) return this.#findThere(key, this.#tier);
    try {
      const found = this.#tier.get(key);
      if (!isEntryOrNothing(found)) return this.#foundLater(key, found);
      return this.#isSound ? found : this.#found(key, found);
    } catch (error) {
      return this.#notFound(key, error);
    }
  }

  /** Separate from `find`, because a function that contains a closure allocates on each call. */
  #findThere(key: string, tier: CacheTier): Awaitable<Entry | undefined> {
    return tier.getThen?.(key, (entry) => this.#found(key, entry), (error) => this.#notFound(key, error));
  }

  #foundLater(key: string, found: PromiseLike<Entry | undefined>): PromiseLike<Entry | undefined> {
    return found.then((entry) => this.#found(key, entry), (error) => this.#notFound(key, error));
  }

  peek(key: string): Awaitable<Entry | undefined> {
    return mapAwaitable(() => this.#tier.get(key), (entry) => this.#answerOf(key, entry), (error) => this.#held.get(key) ?? rethrow(error));
  }

  together<T>(work: () => T): T {
    return this.#tier.together === undefined ? work() : this.#tier.together(work);
  }

  isFresh(entry: Entry, now: number): boolean {
    return entry.isFresh(now, this.#clock.setBack);
  }

  tryInspect(key: string): Awaitable<void> {
    return mapAwaitable(() => this.#tier.get(key), nothing, nothing);
  }

  tryFill(key: string, entry: Entry, ttl: number, payload?: Uint8Array): Awaitable<void> {
    return mapAwaitable(() => this.set(key, entry, ttl, payload), nothing, (error) => this.#failed(key, "set", error));
  }

  tryFillHere(key: string, entry: Entry, ttl: number): Awaitable<void> {
    return this.isShared ? undefined : this.tryFill(key, entry, ttl);
  }

  tryForgetHere(key: string, stamp: number): Awaitable<void> {
    return this.isShared ? undefined : this.tryDeleteOlder(key, stamp);
  }

  tryDeleteIfNotNewer(key: string, stamp: number): Awaitable<void> {
    return mapAwaitable(() => this.deleteIfNotNewer(key, stamp), nothing, (error) => this.#failed(key, "delete", error));
  }

  tryDeleteOlder(key: string, than: number): Awaitable<void> {
    const outdates = Math.max(than, this.#missed.get(key)?.outdates ?? 0);
    const forget = (): Awaitable<void> => this.#tier.deleteOlder(key, outdates, 0);
    return mapAwaitable(() => this.#orMissed(key, { outdates, stamp: 0 }, undefined, forget), nothing, (error) => this.#failed(key, "delete", error));
  }

  tryCopy(key: string, entry: Entry, ttl: number, instead: Entry | undefined): Awaitable<void> {
    return mapAwaitable(() => this.#tier.copy(key, entry, ttl, instead), nothing, (error) => this.#failed(key, "set", error));
  }

  holds(key: string, entry: Entry): boolean {
    return this.#held.get(key) === entry;
  }

  set(key: string, entry: Entry, ttl: number, payload?: Uint8Array): Awaitable<void> {
    const { stamp, stale } = entry;
    const set = (): Awaitable<void> => this.#tier.set(key, entry, ttl, payload);
    // A stand-in does not replace a fresh copy of the same stamp. A copy whose expire was missed may still be there.
    return this.#orMissed(key, { outdates: stamp, stamp }, entry, stale ? () => this.#catchUp.before(key, set) : set);
  }

  expire(key: string, stamp: number): Awaitable<void> {
    return this.#orMissed(key, { outdates: stamp, stamp: 0 }, undefined, () => this.#tier.expire(key));
  }

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
    return mapAwaitable(work, () => this.#written(key, write, entry), (error) => this.#missedWrite(key, write, entry, error));
  }

  #written(key: string, write: MissedWrite, entry: Entry | undefined): void {
    this.#missed.clear(key);
    // Another process may have a copy of the same stamp, which this write has replaced.
    if (entry?.stale !== true) this.#acknowledged?.(key, entry === undefined ? write.outdates : entry.stamp + 1, entry === undefined);
    if (!this.#failsToWrite && !this.#failsToRead) return;
    this.#failsToWrite = false;
    if (this.#failsToRead) this.#held.note(key, entry, write.outdates);
    else this.#isBack();
  }

  #missedWrite(key: string, write: MissedWrite, entry: Entry | undefined, error: unknown): never {
    this.#isSound = false;
    const failsItself = isOfTheStore(error);
    if (failsItself) this.#failsToWrite = true;
    this.#missed.add(key, write);
    this.#held.note(key, failsItself ? entry : undefined, write.outdates);
    this.#catchUp.soon();
    throw error;
  }

  #found(key: string, entry: Entry | undefined): Entry | undefined {
    if (this.#failsToRead) this.#isBack();
    this.#isSound = this.#missed.isEmpty && this.#held.isEmpty;
    return this.#answerOf(key, entry);
  }

  /** Unless the cache missed what has been said of the key since, or a newer copy is held. */
  #answerOf(key: string, entry: Entry | undefined): Entry | undefined {
    const found = entry !== undefined && this.#missed.isOutdated(key, entry.stamp) ? undefined : entry;
    return this.#held.isEmpty ? found : this.#held.newerOf(key, found);
  }

  #notFound(key: string, error: unknown): Entry | undefined {
    this.#isSound = false;
    if (isOfTheStore(error)) this.#failsToRead = true;
    this.#failed(key, "get", error);
    return this.#held.get(key);
  }

  #isBack(): void {
    this.#failsToRead = false;
    this.#failsToWrite = false;
    this.#held.clear();
    if (!this.#missed.isEmpty) this.#catchUp.now();
  }

  #failed(key: string, operation: "get" | "set" | "delete", error: unknown): undefined {
    this.#events.emit("cacheFailed", { key, operation, error });
  }
}
