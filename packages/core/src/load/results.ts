import type { Entry } from "../entry/entry.ts";
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
    const { stale } = entry;
    const result = this.#plain(source, entry, stale, source === "backup" && !stale ? 0 : entry.expiresAt);
    const outage = stale ? this.#outages.get(key) : undefined;
    if (outage !== undefined) result.error = outage.error;
    return result;
  }

  /** The backup in place of a load that has failed with `error`, or is slow. It may be repeated until `until`. */
  inPlaceOf<T>(error: unknown, backup: Entry<T>, until: number): Result<T> {
    const result = this.#plain("backup", backup, true, until);
    result.error = error;
    return result;
  }

  #plain<T>(source: Result<T>["source"], { value, loadedAt, metadata }: Entry<T>, stale: boolean, expiresAt: number): Writable<Result<T>> {
    const result: Writable<Result<T>> = { value, source, stale, loadedAt, age: Math.max(0, this.#now() - loadedAt), expiresAt };
    if (metadata !== undefined) result.metadata = metadata;
    return result;
  }
}
