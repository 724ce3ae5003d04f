import { beats, type Entry } from "../entry/entry.ts";

const MOST = 10_000;

/** Copies that a shared cache could not be given, held in this process meanwhile: the newest 10,000. */
export class HeldCopies {
  readonly #byKey = new Map<string, Entry>();

  get isEmpty(): boolean {
    return this.#byKey.size === 0;
  }

  get(key: string): Entry | undefined {
    return this.#byKey.get(key);
  }

  hold(key: string, entry: Entry): void {
    this.#byKey.delete(key); // so that it is the newest
    this.#byKey.set(key, entry);
    if (this.#byKey.size <= MOST) return;
    const [oldest] = this.#byKey.keys();
    if (oldest !== undefined) this.#byKey.delete(oldest);
  }

  delete(key: string): void {
    this.#byKey.delete(key);
  }

  clear(): void {
    this.#byKey.clear();
  }
}

/** The held copy answers where it is fresh, and what the cache has is older. */
export function newerOf(found: Entry | undefined, held: Entry | undefined, isFresh: (entry: Entry) => boolean): Entry | undefined {
  if (held === undefined || !isFresh(held)) return found;
  if (found === undefined || !beats(found, held)) return held;
  return found.stamp > held.stamp || isFresh(found) ? found : held;
}
