const REMEMBERED = 10_000;

/**
 * Gives every load of a key a later stamp than the loads before it, also when two start in the same millisecond or the
 * clock was set back in between: the greatest stamp is the last good value.
 */
export class Stamps {
  readonly #newest = new Map<string, number>();

  next(key: string, now: number): number {
    const seen = this.#newest.get(key);
    const stamp = seen === undefined || seen < now ? now : seen + 1;
    this.seen(key, stamp);
    return stamp;
  }

  /** Whether this process has met a stamp as late as this one. */
  knows(key: string, stamp: number): boolean {
    const known = this.#newest.get(key);
    return known !== undefined && known >= stamp;
  }

  /** Tells of a stamp that was met in a store. */
  seen(key: string, stamp: number): void {
    if (this.knows(key, stamp)) return;
    this.#newest.delete(key); // so that it goes to the end: the first in the map is the longest unused
    this.#newest.set(key, stamp);
    if (this.#newest.size > REMEMBERED) this.#forgetFirst();
  }

  #forgetFirst(): void {
    for (const key of this.#newest.keys()) {
      this.#newest.delete(key);
      return;
    }
  }
}
