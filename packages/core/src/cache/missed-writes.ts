import { RecentMap } from "../base/recent-map.ts";

/** What the cache is to be told about a key when it is back. */
export interface MissedWrite {
  /** Copies with a lesser stamp are no answers any more. */
  readonly outdates: number;
  /** The stamp of the value or deletion that the cache missed. 0 after an `expire`: its backup may be cached again. */
  readonly stamp: number;
}

/**
 * Keys whose cached copy could not be replaced or deleted. When the cache is back it still has the old one, perhaps fresh for
 * hours: nothing that was loaded before the write it missed is an answer any more.
 */
export class MissedWrites {
  readonly #byKey = new RecentMap<MissedWrite>(10_000);

  get isEmpty(): boolean {
    return this.#byKey.isEmpty;
  }

  keys(): string[] {
    return this.#byKey.keys();
  }

  has(key: string): boolean {
    return !this.#byKey.isEmpty && this.#byKey.get(key) !== undefined;
  }

  get(key: string): MissedWrite | undefined {
    return this.#byKey.get(key);
  }

  add(key: string, { outdates, stamp }: MissedWrite): void {
    const before = this.#byKey.get(key);
    this.#byKey.set(key, { outdates: Math.max(outdates, before?.outdates ?? 0), stamp: Math.max(stamp, before?.stamp ?? 0) });
  }

  clear(key: string): void {
    if (!this.#byKey.isEmpty) this.#byKey.delete(key);
  }

  /** Whether a copy with this stamp is older than a write that the cache missed. */
  isOutdated(key: string, stamp: number): boolean {
    return !this.#byKey.isEmpty && stamp < (this.#byKey.get(key)?.outdates ?? 0);
  }
}
