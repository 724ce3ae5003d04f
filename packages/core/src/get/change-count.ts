import { RecentMap } from "../base/recent-map.ts";

/** Counts calls of `set`, `expire` and `delete`, so that work which began before such a call can tell that it is too late. */
export class ChangeCount {
  readonly #latest = new RecentMap<number>(10_000);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  note(key: string): void {
    this.#latest.set(key, ++this.#count);
  }

  /** Whether the key has not changed since the count of all changes was `count`. */
  isUnchanged(key: string, count: number): boolean {
    return this.#count <= count || (this.#latest.get(key) ?? 0) <= count;
  }
}
