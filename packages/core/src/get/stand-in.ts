import type { Backup } from "../backup/backup.ts";
import type { Stamps } from "../backup/stamps.ts";
import { type Awaitable, isPromiseLike } from "../base/async.ts";
import { ageOf, Entry } from "../entry/entry.ts";
import type { Result } from "../entry/result.ts";
import type { GetPolicy } from "../options/policies.ts";
import type { Events } from "../report/events.ts";
import type { Flight } from "../load/flight.ts";
import type { Keeper } from "./keeper.ts";
import type { LastGood } from "./last-good.ts";
import type { Results } from "../load/results.ts";

export interface StandInParts {
  readonly backup: Backup;
  readonly keeper: Keeper;
  readonly stamps: Stamps;
  readonly results: Results;
  readonly events: Events;
  readonly now: () => number;
}

/** Why a backup stands in for a load. */
export interface Reason {
  readonly error: unknown;
  /** Records that `backup` stands in. Returns how many milliseconds it may be cached. */
  note(backup: Entry, policy: GetPolicy): number;
  /** Records until when that is. */
  noteUntil?(until: number): void;
  /** Whether the load has returned a value by now. */
  isOver(): boolean;
}

/**
 * The backup in place of a load's value. Each caller judges it by its own policy. It is read, reported and cached once.
 */
export class StandIn {
  readonly #load: Flight;
  readonly #lastGood: LastGood;
  readonly #reason: Reason;
  readonly #parts: StandInParts;
  #isCached = false;
  #caching: Awaitable<void> = undefined;
  /** Until when the backup may be repeated. */
  #until = 0;

  constructor(load: Flight, lastGood: LastGood, reason: Reason, parts: StandInParts) {
    this.#load = load;
    this.#lastGood = lastGood;
    this.#reason = reason;
    this.#parts = parts;
  }

  /** `undefined` if no backup is good enough for this policy. */
  for(policy: GetPolicy): Awaitable<Result<unknown> | undefined> {
    const backup = this.#lastGood.for(policy);
    return isPromiseLike(backup) ? backup.then((entry) => this.#judged(entry, policy)) : this.#judged(backup, policy);
  }

  #judged(backup: Entry | undefined, policy: GetPolicy): Awaitable<Result<unknown> | undefined> {
    if (backup === undefined || this.#reason.isOver()) return undefined;
    const { stamps, now } = this.#parts;
    stamps.observe(this.#load.key, backup.stamp);
    if (ageOf(backup, now()) > Math.min(policy.maxStale, this.#load.maxStale)) return undefined;
    const caching = this.#cacheOnce(backup, policy);
    return isPromiseLike(caching) ? caching.then(() => this.#result(backup)) : this.#result(backup);
  }

  #result(backup: Entry): Result<unknown> {
    return this.#parts.results.inPlaceOf(this.#reason.error, backup, this.#until);
  }

  /** Under the policy of the first caller. */
  #cacheOnce(backup: Entry, policy: GetPolicy): Awaitable<void> {
    if (this.#isCached) return this.#caching;
    this.#isCached = true;
    this.#caching = this.#cache(backup, policy);
    return this.#caching;
  }

  /** A `set` or `delete` since the load began has the last word. */
  #cache(backup: Entry, policy: GetPolicy): Awaitable<void> {
    const { events, backup: store, keeper } = this.#parts;
    const { key, look, mayWrite } = this.#load;
    const now = this.#parts.now();
    this.#until = now;
    if (mayWrite === "nothing") return;
    const until = Math.min(now + this.#reason.note(backup, policy), backup.loadedAt + Math.min(policy.maxStale, this.#load.maxStale));
    this.#until = until;
    this.#reason.noteUntil?.(until);
    const entry = new Entry(backup.value, backup.loadedAt, until, true, backup.metadata, backup.stamp).marked(look?.renewed(backup.marks));
    events.emit("fallback", { key, age: ageOf(entry, now), error: this.#reason.error, until });
    store.tryTouch(key, entry, now);
    return keeper.fill(this.#load, entry);
  }
}
