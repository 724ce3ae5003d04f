import { ageOf, type Entry, type Metadata } from "./entry.ts";
import type { Outages } from "./outages.ts";

/** An answer, and where it comes from. */
export interface Result<T> {
  readonly value: T;
  readonly source: "cache" | "loader" | "backup";
  /** Whether it stands in for a load that failed; also when the cache repeats it. */
  readonly stale: boolean;
  /** Epoch milliseconds at which the load started that produced the value. */
  readonly loadedAt: number;
  /** Milliseconds since `loadedAt`. */
  readonly age: number;
  /** What the loader noted beside the value. */
  readonly metadata?: Metadata;
  /** Why the load failed that a stale value stands in for, where this process knows. */
  readonly error?: unknown;
}

/** Makes results: entries as a caller sees them now. */
export class Results {
  readonly #outages: Outages;
  readonly #now: () => number;

  constructor(outages: Outages, now: () => number) {
    this.#outages = outages;
    this.#now = now;
  }

  of<T>(source: Result<T>["source"], key: string, entry: Entry<T>): Result<T> {
    const { value, stale, loadedAt, metadata } = entry;
    const result = { value, source, stale, loadedAt, age: ageOf(entry, this.#now()), ...(metadata && { metadata }) };
    const outage = stale ? this.#outages.get(key) : undefined;
    return outage === undefined ? result : { ...result, error: outage.error };
  }
}
