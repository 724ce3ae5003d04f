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

/** How well the changes of other processes are heard. Times are those of a clock that was never set back. */
export interface Heard {
  /** Every change after this time has been heard; `Infinity` while that is not known. */
  readonly since: number;
  /** Until when that may be relied upon. */
  readonly until: number;
  /** Called for each get, so that it stays known. */
  keepUp(time: number): void;
}

const DEAF: Heard = { since: Infinity, until: 0, keepUp: () => {} };

/**
 * Which near copies may answer without the far level being asked: those confirmed within `nearTtl`, and while announcements are
 * heard, all that were confirmed since that began.
 */
export class Trust {
  readonly #clock: WatchedClock;
  readonly #nearTtl: number;
  readonly #heard: Heard;
  readonly #changes = new RecentMap<Change>(REMEMBERED);
  #count = 0;

  constructor(clock: WatchedClock, nearTtl: number, heard: Heard = DEAF) {
    this.#clock = clock;
    this.#nearTtl = nearTtl;
    this.#heard = heard;
  }

  /** `confirmedAt`: by when the copy was last known to be the newest. */
  isTrusted(confirmedAt: number, now: number): boolean {
    const time = now + this.#clock.setBack;
    this.#heard.keepUp(time);
    return time < confirmedAt + this.#nearTtl || (confirmedAt > this.#heard.since && time < this.#heard.until);
  }

  ask(): Asked {
    const at = this.#clock.now() + this.#clock.setBack;
    this.#heard.keepUp(at);
    return { at, count: this.#count };
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
