import { beats, type Entry } from "../entry/entry.ts";
import type { WatchedClock } from "../time/watched-clock.ts";

const MOST = 10_000;

/** Copies that a shared cache did not take, held in this process: the newest 10,000. */
export class HeldCopies {
  readonly #byKey = new Map<string, Entry>();
  readonly #clock: WatchedClock;

  /** Nothing is held for a cache of this process. */
  readonly #isShared: boolean;

  constructor(clock: WatchedClock, isShared: boolean) {
    this.#clock = clock;
    this.#isShared = isShared;
  }

  get isEmpty(): boolean {
    return this.#byKey.size === 0;
  }

  get(key: string): Entry | undefined {
    return this.#byKey.get(key);
  }

  /** Holds the entry. Without one, releases a copy whose stamp is less than `outdates`. */
  note(key: string, entry: Entry | undefined, outdates: number): void {
    if (entry !== undefined && this.#isShared) this.#offer(key, entry);
    else this.#letGo(key, outdates);
  }

  /** Holds the entry unless a fresh copy that beats it is held. */
  #offer(key: string, entry: Entry): void {
    const now = this.#clock.now();
    const held = this.#byKey.get(key);
    const isLate = held !== undefined && beats(held, entry) && this.#isFresh(held, now);
    if (!isLate) this.#hold(key, entry.filled(now, this.#clock.setBack));
  }

  #letGo(key: string, outdates: number): void {
    const held = this.#byKey.get(key);
    if (held !== undefined && held.stamp < outdates) this.#byKey.delete(key);
  }

  /** A full cache may fail to write and still read. Then the held copy answers in place of the older one. */
  newerOf(key: string, found: Entry | undefined): Entry | undefined {
    const now = this.#clock.now();
    const held = this.#byKey.get(key);
    if (held === undefined || !this.#isFresh(held, now)) return found;
    if (found === undefined || !beats(found, held)) return held;
    return found.stamp > held.stamp || this.#isFresh(found, now) ? found : held;
  }

  clear(): void {
    this.#byKey.clear();
  }

  #isFresh(entry: Entry, now: number): boolean {
    return entry.isFresh(now, this.#clock.setBack);
  }

  #hold(key: string, entry: Entry): void {
    this.#byKey.delete(key); // so that it is the newest
    this.#byKey.set(key, entry);
    if (this.#byKey.size <= MOST) return;
    const [oldest] = this.#byKey.keys();
    if (oldest !== undefined) this.#byKey.delete(oldest);
  }
}
