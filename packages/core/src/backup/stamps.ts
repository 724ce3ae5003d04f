import { RecentMap } from "../base/recent-map.ts";

/**
 * Gives every load of a key a later stamp than the loads before it, also when two start in the same millisecond or the
 * clock was set back in between: the greatest stamp is the last good value.
 */
export class Stamps {
  readonly #newest = new RecentMap<number>(10_000);

  next(key: string, now: number): number {
    const seen = this.#newest.get(key);
    const stamp = seen === undefined || seen < now ? now : seen + 1;
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
    if (!this.hasSeen(key, stamp)) this.#newest.set(key, stamp);
  }
}
