/** A key whose loads fail. */
export interface Outage {
  /** Epoch milliseconds of the first failed load. */
  readonly since: number;
  /** Failed loads in a row. */
  readonly failures: number;
  /** What the last one failed with. */
  readonly error: unknown;
}

// Keys that failed once and are never asked for again must not fill memory.
const REMEMBERED = 10_000;

/** Which keys fail at the moment. */
export class Outages {
  readonly #byKey = new Map<string, Outage>();

  get(key: string): Outage | undefined {
    return this.#byKey.get(key);
  }

  failed(key: string, error: unknown, now: number): Outage {
    const before = this.#byKey.get(key);
    const outage: Outage = { since: before?.since ?? now, failures: (before?.failures ?? 0) + 1, error };
    if (before === undefined && this.#byKey.size >= REMEMBERED) this.#forgetFirst();
    this.#byKey.set(key, outage);
    return outage;
  }

  /** The outage that is over with this, if there was one. */
  recovered(key: string): Outage | undefined {
    const outage = this.#byKey.get(key);
    if (outage !== undefined) this.#byKey.delete(key);
    return outage;
  }

  #forgetFirst(): void {
    for (const key of this.#byKey.keys()) {
      this.#byKey.delete(key);
      return;
    }
  }
}
