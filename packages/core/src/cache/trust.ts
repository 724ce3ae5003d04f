import { RecentMap } from "../base/recent-map.ts";
import type { WatchedClock } from "../time/watched-clock.ts";
import type { Entry } from "../entry/entry.ts";

/** How many changes are remembered, at least. A far level that takes longer than so many to answer fills nothing. */
const REMEMBERED = 10_000;

interface Change {
  /** Copies with a lesser stamp are no answers any more. */
  readonly outdates: number;
  /** How many changes there had been, with this one. */
  readonly count: number;
}

/** When a far level was asked. */
export interface Asked {
  /** By the clock, as if it had never been set back. */
  readonly at: number;
  /** How many changes had been told of. */
  readonly count: number;
}

/** Tells until when, and since when, all changes of the far level are heard. */
export interface Hearing {
  /** Copies confirmed after this are known to be the newest; `Infinity` while nothing is heard. */
  readonly since: number;
  /** Whether everything that was announced until shortly before `now` has been heard. */
  isUpToDate(now: number): boolean;
}

const DEAF: Hearing = { since: Infinity, isUpToDate: () => false };

/**
 * Which near copies may answer without the far level being asked: those confirmed within `nearTtl`, and while announcements are
 * heard, all that were confirmed since that began.
 */
export class Trust {
  readonly #clock: WatchedClock;
  readonly #nearTtl: number;
  readonly #hearing: Hearing;
  readonly #changes = new RecentMap<Change>(REMEMBERED);
  #count = 0;

  constructor(clock: WatchedClock, nearTtl: number, hearing: Hearing = DEAF) {
    this.#clock = clock;
    this.#nearTtl = nearTtl;
    this.#hearing = hearing;
  }

  /** `confirmedAt`: by when the copy was last known to be the newest. */
  isTrusted(confirmedAt: number, now: number): boolean {
    const { since } = this.#hearing;
    const time = now + this.#clock.setBack;
    return (confirmedAt > since && this.#hearing.isUpToDate(time)) || time < confirmedAt + this.#nearTtl;
  }

  ask(): Asked {
    return { at: this.#clock.now() + this.#clock.setBack, count: this.#count };
  }

  /** Notes that copies of the key with a stamp less than `outdates` are no answers any more. */
  note(key: string, outdates: number): void {
    this.#changes.set(key, { outdates, count: ++this.#count });
  }

  /** Whether what a far level answers may be the newest: a change that was noted meanwhile may have come after the answer. */
  isCurrent(key: string, { count }: Asked): boolean {
    if (this.#count === count) return true;
    return this.#count - count < REMEMBERED && (this.#changes.get(key)?.count ?? 0) <= count;
  }

  /** Whether a value of this process is older than a change that has been noted. */
  isOutdated(key: string, { stamp }: Entry): boolean {
    return stamp < (this.#changes.get(key)?.outdates ?? 0);
  }
}
