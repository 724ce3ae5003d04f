import { ageOf, type Entry } from "../entry/entry.ts";
import type { Result } from "../entry/result.ts";
import type { Writable } from "../entry/writable.ts";
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
    const result = this.#plain(source, entry);
    const outage = entry.stale ? this.#outages.get(key) : undefined;
    if (outage !== undefined) result.error = outage.error;
    return result;
  }

  /** The backup in place of a load that has failed with `error`, or is slow. */
  inPlaceOf<T>(error: unknown, entry: Entry<T>): Result<T> {
    const result = this.#plain("backup", entry);
    result.error = error;
    return result;
  }

  #plain<T>(source: Result<T>["source"], entry: Entry<T>): Writable<Result<T>> {
    const { value, stale, loadedAt, metadata } = entry;
    const expiresAt = source === "backup" && !stale ? 0 : entry.expiresAt;
    const result: Writable<Result<T>> = { value, source, stale, loadedAt, age: ageOf(entry, this.#now()), expiresAt };
    if (metadata !== undefined) result.metadata = metadata;
    return result;
  }
}
