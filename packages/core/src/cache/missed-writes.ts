import { RecentMap } from "../base/recent-map.ts";

/**
 * Keys whose cached copy could not be replaced or deleted. When the cache is back it still has the old one, perhaps fresh for
 * hours: nothing that was loaded before the write it missed is an answer any more.
 */
export class MissedWrites {
  readonly #stamps = new RecentMap<number>(10_000);

  add(key: string, stamp: number): void {
    this.#stamps.set(key, Math.max(stamp, this.#stamps.get(key) ?? 0));
  }

  clear(key: string): void {
    if (!this.#stamps.isEmpty) this.#stamps.delete(key);
  }

  /** Whether what was loaded at `loadedAt` is older than a write that the cache missed. */
  outdates(key: string, loadedAt: number): boolean {
    return !this.#stamps.isEmpty && loadedAt < (this.#stamps.get(key) ?? 0);
  }
}
