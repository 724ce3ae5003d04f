import type { Backup } from "./backup/backup.ts";
import type { Stamps } from "./backup/stamps.ts";
import type { Awaitable } from "./base/async.ts";
import type { Cache } from "./cache/cache.ts";
import { Entry } from "./entry/entry.ts";
import type { RecordFormat } from "./entry/record-format.ts";
import type { ReadPath } from "./get/read-path.ts";
import type { Outages } from "./outage/outages.ts";
import { DatastoreError, messageOf } from "./report/errors.ts";

export interface ChangesParts {
  readonly readPath: ReadPath;
  readonly cache: Cache;
  readonly backup: Backup;
  readonly records: RecordFormat;
  readonly stamps: Stamps;
  readonly outages: Outages;
  readonly now: () => number;
}

/** What callers say about a key themselves. It beats a load that was already running, and rejects where a store fails. */
export class Changes {
  readonly #parts: ChangesParts;

  constructor(parts: ChangesParts) {
    this.#parts = parts;
  }

  async set(key: string, value: unknown, ttl: number): Promise<void> {
    const { readPath, cache, backup, records, stamps, outages } = this.#parts;
    if (value === undefined) throw new TypeError(`set(${JSON.stringify(key)}) needs a value; delete() forgets one`);
    const payload = records.encodeValue(key, value);
    const now = this.#parts.now();
    readPath.supersede(key);
    outages.recovered(key, now);
    const entry = new Entry(value, stamps.next(key, now), now + ttl, false);
    const fill = (stamped: Entry): Awaitable<void> => (ttl > 0 ? cache.set(key, stamped, ttl, payload) : cache.delete(key, stamped.loadedAt));
    const keep = async (): Promise<void> => {
      const { loadedAt } = await backup.write({ key, loadedAt: entry.loadedAt, payload });
      // The clock was set back: a cache that compares stamps has refused the first one.
      if (loadedAt !== entry.loadedAt) await fill(entry.stamped(loadedAt));
    };
    await allOrThrow([() => fill(entry), keep]);
  }

  async expire(key: string): Promise<void> {
    this.#parts.readPath.loads.supersede(key, "backup");
    await this.#parts.cache.expire(key, this.#stamp(key));
  }

  async delete(key: string): Promise<void> {
    const { readPath, cache, backup, outages } = this.#parts;
    readPath.supersede(key);
    outages.clear(key);
    const deletedAt = this.#stamp(key);
    await allOrThrow([() => cache.delete(key, deletedAt), () => backup.delete(key, deletedAt)]);
  }

  #stamp(key: string): number {
    return this.#parts.stamps.next(key, this.#parts.now());
  }
}

/** Does all of it, whatever fails, and then throws what did. */
export async function allOrThrow(works: readonly (() => Awaitable<unknown>)[]): Promise<void> {
  const outcomes = await Promise.allSettled(works.map(async (work) => work()));
  const errors = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []));
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new DatastoreError("STORE_FAILED", errors.map(messageOf).join("; "), { cause: new AggregateError(errors) });
}
