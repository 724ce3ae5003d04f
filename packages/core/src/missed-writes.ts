const REMEMBERED = 10_000;

/**
 * Keys whose cached copy could not be replaced or deleted. When the cache is back it still has the old one, perhaps fresh for
 * hours: nothing that was loaded before the write it missed is an answer any more.
 */
export class MissedWrites {
  readonly #stamps = new Map<string, number>();

  missed(key: string, stamp: number): void {
    if (this.#stamps.size >= REMEMBERED && !this.#stamps.has(key)) {
      const [first] = this.#stamps.keys();
      if (first !== undefined) this.#stamps.delete(first);
    }
    this.#stamps.set(key, Math.max(stamp, this.#stamps.get(key) ?? 0));
  }

  made(key: string): void {
    if (this.#stamps.size > 0) this.#stamps.delete(key);
  }

  /** Whether what was loaded at `loadedAt` is older than a write that the cache missed. */
  outdates(key: string, loadedAt: number): boolean {
    return this.#stamps.size > 0 && loadedAt < (this.#stamps.get(key) ?? 0);
  }
}
