import { ageOf, type Entry } from "../entry/entry.ts";
import type { Result } from "../entry/result.ts";
import type { Outages } from "../outage/outages.ts";

/** Turns entries into results, as of now. */
export class Results {
  readonly #outages: Outages;
  readonly #now: () => number;

  constructor(outages: Outages, now: () => number) {
    this.#outages = outages;
    this.#now = now;
  }

  of<T>(source: Result<T>["source"], key: string, entry: Entry<T>): Result<T> {
    const { value, stale, loadedAt, metadata } = entry;
    const expiresAt = source === "backup" && !stale ? 0 : entry.expiresAt;
    const result = { value, source, stale, loadedAt, age: ageOf(entry, this.#now()), expiresAt };
    if (metadata === undefined && !stale) return result; // as nearly always: what follows costs as much as the rest
    const outage = stale ? this.#outages.get(key) : undefined;
    return { ...result, ...(metadata && { metadata }), ...(outage && { error: outage.error }) };
  }
}
