import { RecentMap } from "../base/recent-map.ts";
import { isBelievable } from "../entry/entry.ts";

/**
 * Gives every load of a key a later stamp than the loads before it, also when two start in the same millisecond or the
 * clock was set back in between: the greatest stamp is the last good value.
 */
export class Stamps {
  readonly #newest = new RecentMap<number>(10_000);
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** A stamp that is `at` or later. One that the clock has long gone back behind is not followed: nobody would believe the next. */
  next(key: string, at: number): number {
    const seen = this.#newest.get(key);
    const stamp = seen === undefined || seen < at || !isBelievable(seen, this.#now()) ? at : seen + 1;
    this.#newest.set(key, stamp);
    return stamp;
  }

  /** Whether this process has met a stamp as late as this one. */
  hasSeen(key: string, stamp: number): boolean {
    const known = this.#newest.get(key);
    return known !== undefined && known >= stamp;
  }

  /** Tells of a stamp that was met in a store. */
  observe(key: string, stamp: number): void {
    if (!this.hasSeen(key, stamp) && isBelievable(stamp, this.#now())) this.#newest.set(key, stamp);
  }
}
