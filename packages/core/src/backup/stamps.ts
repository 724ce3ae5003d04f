import { RecentMap } from "../base/recent-map.ts";
import { isBelievable } from "../entry/entry.ts";

/**
 * Gives every load of a key a later stamp than earlier loads, because the value with the greatest stamp is the last good one. This
 * holds even if two loads start in the same millisecond, or if the clock is set back in between.
 */
export class Stamps {
  // A thousand, because more of them fall out of the processor's cache. For a key that is forgotten, the store tells of a later stamp.
  readonly #newest = new RecentMap<number>(1_000);
  /** The last stamp of each key that was moved, from what it was to what it became. */
  readonly #moves = new RecentMap<{ readonly from: number; readonly to: number }>(1_000);
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** A stamp of `at` or later. Ignores known stamps that are too far in the future, because no reader would believe the next one. */
  next(key: string, at: number): number {
    const seen = this.#newest.get(key);
    const stamp = seen === undefined || seen < at || !isBelievable(seen, this.#now()) ? at : seen + 1;
    this.#newest.set(key, stamp);
    return stamp;
  }

  /** A stamp later than `newest`, for a write that was given the stamp `from`. */
  movedPast(key: string, from: number, newest: number): number {
    const to = this.next(key, newest + 1);
    this.#moves.set(key, { from, to });
    return to;
  }

  /** Whether this stamp was given after that of a write which has been moved to `newest`. */
  isAfterMoved(key: string, stamp: number, newest: number): boolean {
    const move = this.#moves.get(key);
    return move !== undefined && move.to === newest && move.from < stamp;
  }

  /** Whether this process has seen this stamp or a later one. */
  hasSeen(key: string, stamp: number): boolean {
    const known = this.#newest.get(key);
    return known !== undefined && known >= stamp;
  }

  /** Notes a stamp that was seen in a store. */
  observe(key: string, stamp: number): void {
    if (!this.hasSeen(key, stamp) && isBelievable(stamp, this.#now())) this.#newest.set(key, stamp);
  }
}
