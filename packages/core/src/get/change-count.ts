import { RecentMap } from "../base/recent-map.ts";

/** Counts what callers say about keys themselves, so that work that began before can tell that it comes too late. */
export class ChangeCount {
  readonly #latest = new RecentMap<number>(10_000);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  note(key: string): void {
    this.#latest.set(key, ++this.#count);
  }

  /** Whether there has been no change of the key since there were `count` changes in all. */
  isUnchanged(key: string, count: number): boolean {
    return this.#count <= count || (this.#latest.get(key) ?? 0) <= count;
  }
}
