import { RecentMap } from "../base/recent-map.ts";
import type { WatchedClock } from "../time/watched-clock.ts";
import type { Entry } from "../entry/entry.ts";

/** The least number of changes that are remembered. An answer of the far level that takes longer than these is not copied. */
const REMEMBERED = 10_000;

interface Change {
  /** Copies with a smaller stamp are outdated. */
  readonly outdates: number;
  /** How many changes there had been, with this one. */
  readonly count: number;
}

/** When a far level was asked. */
export interface Asked {
  /** Clock time, as if the clock had never been set back. */
  readonly at: number;
  /** How many changes were known then. */
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
 * Decides which near copies may answer without a read of the far level. While announcements are heard, those that were confirmed since that
 * began: of older ones, an announcement may have been missed. Otherwise those confirmed within `nearTtl`.
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

  /** `confirmedAt`: when the copy was last known to be the newest. */
  isTrusted(confirmedAt: number, now: number): boolean {
    const time = now + this.#clock.setBack;
    this.#heard.keepUp(time);
    const { since, until } = this.#heard;
    return since < time && time < until ? confirmedAt > since : time < confirmedAt + this.#nearTtl;
  }

  ask(): Asked {
    return { at: this.keepUp(), count: this.#count };
  }

  /** Keeps hearing, or begins to: from the first copy on, there is something to hear of. Returns the time. */
  keepUp(): number {
    const time = this.#clock.now() + this.#clock.setBack;
    this.#heard.keepUp(time);
    return time;
  }

  /** Records that copies of the key with a stamp less than `outdates` are outdated. */
  note(key: string, outdates: number): void {
    this.#changes.set(key, { outdates, count: ++this.#count });
  }

  /** Whether an answer of the far level may be copied. A change recorded since the question may be newer than the answer. */
  isCurrent(key: string, { count }: Asked): boolean {
    if (this.#count === count) return true;
    return this.#count - count < REMEMBERED && (this.#changes.get(key)?.count ?? 0) <= count;
  }

  /**
   * The stamp below which a value of this process outdates copies. If another process has announced a change of the same stamp, copies of
   * that stamp may be its own. Only the far level knows which of the two was the later one.
   */
  outdatedBy(key: string, entry: Entry): number {
    return this.isOutdated(key, entry) ? entry.stamp + 1 : entry.stamp;
  }

  /** Whether a value of this process is older than a recorded change. */
  isOutdated(key: string, { stamp }: Entry): boolean {
    return stamp < (this.#changes.get(key)?.outdates ?? 0);
  }
}
