import { worseOf } from "../adapter/breaker.ts";
import { type Awaitable, isPromiseLike, itself, mapAwaitable, nothing, started } from "../base/async.ts";
import type { Background } from "../base/background.ts";
import { type Entry, isEntryOrNothing } from "../entry/entry.ts";
import { withErrorAsJson } from "../report/told-error.ts";
import type { WatchedClock } from "../time/watched-clock.ts";
import type { Cache, CacheHealth } from "../cache/cache.ts";
import type { KeyLeases } from "../cache/key-leases.ts";
import type { Level } from "../cache/level.ts";
import { ALL } from "./announcement.ts";
import type { Bus } from "./bus.ts";
import { both, settledOrThrow } from "./joined.ts";
import type { Asked, Trust } from "./trust.ts";

export interface NearAndFarParts {
  readonly near: Level;
  /** One level, or again a near and a far one. */
  readonly far: Level | NearAndFar;
  readonly trust: Trust;
  /** Tells other processes of changes. Given to the nearest pair of a list, which sees them all. */
  readonly bus?: Bus | undefined;
  readonly background: Background;
  readonly clock: WatchedClock;
}

/**
 * A near level in front of a far one. A near copy answers while it is trusted. Otherwise the far level answers, and its copy is stored in the
 * near level with its own times. Changes go to both, and to a near level of this process at once.
 */
export class NearAndFar implements Cache {
  readonly isShared: boolean;
  readonly #near: Level;
  readonly #far: Level | NearAndFar;
  readonly #trust: Trust;
  readonly #bus: Bus | undefined;
  readonly #background: Background;
  readonly #clock: WatchedClock;

  constructor({ near, far, trust, bus, background, clock }: NearAndFarParts) {
    this.isShared = far.isShared;
    this.#near = near;
    this.#far = far;
    this.#trust = trust;
    this.#bus = bus;
    this.#background = background;
    this.#clock = clock;
  }

  get leases(): KeyLeases {
    return this.#far.leases;
  }

  get health(): CacheHealth {
    const far: CacheHealth = this.#far.health;
    const levels = [this.#near.health, ...(far.levels ?? [far])];
    return { ...levels.reduce(worseOf), levels: levels.map(withErrorAsJson) };
  }

  /** The path of every near hit: it allocates nothing. */
  find(key: string): Awaitable<Entry | undefined> {
    const near = this.#near.find(key);
    if (!isEntryOrNothing(near)) return near.then((entry) => this.#nearOrFar(key, entry));
    return this.#nearOrFar(key, near);
  }

  async peek(key: string): Promise<Entry | undefined> {
    const near = await mapAwaitable(() => this.#near.peek(key), itself<Entry | undefined>, nothing);
    return near !== undefined && this.#mayAnswer(near) ? near : this.#far.peek(key);
  }

  /** A near level of this process misses in the same turn, so the reads of the far levels are combined too. */
  together<T>(work: () => T): T {
    return this.#near.together(() => this.#far.together(work));
  }

  isFresh(entry: Entry, now: number): boolean {
    return entry.isFresh(now, this.#clock.setBack);
  }

  async tryInspect(key: string): Promise<void> {
    if (this.#near.isShared) await this.#near.tryInspect(key);
    await this.#far.tryInspect(key);
  }

  tryFill(key: string, entry: Entry, ttl: number, payload?: Uint8Array): Awaitable<void> {
    const near = this.#unlessOutdated(key, entry, () => this.#near.tryFill(key, entry, ttl, payload));
    return this.#change(key, entry.stamp, near, () => this.#far.tryFill(key, entry, ttl, payload), this.#trust.outdatedBy(key, entry));
  }

  tryFillHere(key: string, entry: Entry, ttl: number): Awaitable<void> {
    this.#trust.keepUp();
    const near = this.#unlessOutdated(key, entry, () => this.#near.tryFillHere(key, entry, ttl));
    return both(near(), this.#far.tryFillHere(key, entry, ttl));
  }

  tryForgetHere(key: string, stamp: number): Awaitable<void> {
    this.#trust.note(key, stamp);
    return both(this.#near.tryForgetHere(key, stamp), this.#far.tryForgetHere(key, stamp));
  }

  tryDeleteIfNotNewer(key: string, stamp: number): Awaitable<void> {
    return this.#change(key, stamp + 1, () => this.#near.tryDeleteIfNotNewer(key, stamp), () => this.#far.tryDeleteIfNotNewer(key, stamp));
  }

  set(key: string, entry: Entry, ttl: number, payload?: Uint8Array): Awaitable<void> {
    const near = this.#unlessOutdated(key, entry, () => this.#near.set(key, entry, ttl, payload));
    return this.#changeAndTell(key, entry.stamp, near, () => this.#far.set(key, entry, ttl, payload), this.#trust.outdatedBy(key, entry));
  }

  expire(key: string, stamp: number): Awaitable<void> {
    return this.#changeAndTell(key, stamp, () => this.#near.expire(key, stamp), () => this.#far.expire(key, stamp), ALL);
  }

  delete(key: string, stamp: number): Awaitable<void> {
    return this.#changeAndTell(key, stamp, () => this.#near.delete(key, stamp), () => this.#far.delete(key, stamp), ALL);
  }

  deleteIfNotNewer(key: string, stamp: number): Awaitable<void> {
    return this.#changeAndTell(key, stamp + 1, () => this.#near.deleteIfNotNewer(key, stamp), () => this.#far.deleteIfNotNewer(key, stamp));
  }

  /** Deletes near copies with a stamp less than `drops`, after a change in another process. */
  tryDropNear(key: string, outdates: number, drops: number): Awaitable<void> {
    this.#trust.note(key, outdates);
    return this.#dropNear(key, drops);
  }

  holds(key: string, entry: Entry): boolean {
    return this.#far.holds(key, entry);
  }

  async close(): Promise<void> {
    await this.#bus?.close();
    await settledOrThrow([this.#near, this.#far].map(async (level) => level.close()));
  }

  #nearOrFar(key: string, near: Entry | undefined): Awaitable<Entry | undefined> {
    if (near !== undefined && this.#mayAnswer(near)) return this.#near.isShared ? near.confirmed(confirmationOf(near)) : near;
    const asked = this.#trust.ask();
    const found = this.#far.find(key);
    if (isPromiseLike(found)) return found.then((entry) => this.#copied(key, entry, near, asked));
    return this.#copied(key, found, near, asked);
  }

  #mayAnswer(near: Entry): boolean {
    const now = this.#clock.now();
    if (!this.isFresh(near, now)) return false;
    return !this.isShared || this.#trust.isTrusted(this.#near.isShared ? confirmationOf(near) : near.confirmedAt, now);
  }

  /** Stores a copy of the far level's answer in the near level, and returns it. */
  #copied(key: string, found: Entry | undefined, near: Entry | undefined, asked: Asked): Entry | undefined {
    if (found === undefined || this.#far.holds(key, found)) return found;
    const now = this.#clock.now();
    const ttl = found.expiresAt - now;
    if (ttl <= 0 || !this.isFresh(found, now) || !this.#trust.isCurrent(key, asked)) return found;
    const copy = this.#far instanceof NearAndFar ? found : found.confirmed(asked.at);
    const copying = this.#near.tryCopy(key, copy, ttl, near);
    if (isPromiseLike(copying)) this.#background.run(() => copying);
    return copy;
  }

  /** Fills the near level, unless a recorded change is newer than the entry by the time it is asked to. */
  #unlessOutdated(key: string, entry: Entry, fill: () => Awaitable<void>): () => Awaitable<void> {
    return () => (this.#trust.isOutdated(key, entry) ? undefined : fill());
  }

  /**
   * Changes both levels. During the change, an older answer of the far level may have been copied to the near one. So the near copy is
   * deleted when the change is over, whether it succeeded or not.
   */
  async #change(key: string, outdates: number, near: () => Awaitable<void>, far: () => Awaitable<void>, drops: number = outdates): Promise<void> {
    this.#trust.keepUp();
    try {
      await settledOrThrow([started(far), started(near)]);
    } finally {
      this.#trust.note(key, outdates);
      await this.#dropNear(key, drops);
    }
  }

  /** A change that resolves once it is announced. A fill is announced too, but does not wait for that. */
  async #changeAndTell(key: string, outdates: number, near: () => Awaitable<void>, far: () => Awaitable<void>, drops?: number): Promise<void> {
    try {
      await this.#change(key, outdates, near, far, drops);
    } finally {
      await this.#bus?.announcer.sent(key);
    }
  }

  #dropNear(key: string, outdates: number): Awaitable<void> {
    const near = this.#near.tryDeleteOlder(key, outdates);
    return this.#far instanceof NearAndFar ? both(near, this.#far.#dropNear(key, outdates)) : near;
  }
}

/** When a copy in a shared level was known to be the newest, by the clock of the process that stored it. */
function confirmationOf({ filledAt, setBack }: Entry): number {
  return filledAt + setBack;
}
