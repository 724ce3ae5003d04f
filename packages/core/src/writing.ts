import type { Awaitable } from "./adapter.ts";
import { Entry } from "./entry.ts";
import type { Parts } from "./parts.ts";
import { allDone } from "./promises.ts";

/** What callers say about a key themselves. It beats a load that was already running. */
export class Writing {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async set(key: string, value: unknown, ttl: number): Promise<void> {
    const { records, stores, backup, flights, outages } = this.#parts;
    if (value === undefined) throw new TypeError(`set(${JSON.stringify(key)}) needs a value; delete() forgets one`);
    const payload = records.payload(key, value);
    const now = this.#parts.now();
    flights.supersede(key);
    outages.recovered(key, now);
    const entry = new Entry(value, this.#parts.stamps.next(key, now), now + ttl, false);
    const cache = (stamped: Entry): Awaitable<void> =>
      ttl > 0 ? stores.replaceCached(key, stamped, ttl, payload) : stores.deleteCached(key, stamped.loadedAt);
    const keep = async (): Promise<void> => {
      const { loadedAt } = await backup.write({ key, loadedAt: entry.loadedAt, payload });
      // The clock was set back: a cache that compares stamps has refused the first one.
      if (loadedAt !== entry.loadedAt) await cache(entry.stamped(loadedAt));
    };
    await allDone([() => cache(entry), keep]);
  }

  async expire(key: string): Promise<void> {
    this.#parts.flights.loads.supersede(key, "backup");
    await this.#parts.stores.expireCached(key, this.#stamp(key));
  }

  async delete(key: string): Promise<void> {
    const { stores, backup, flights, outages } = this.#parts;
    flights.supersede(key);
    outages.end(key);
    const deletedAt = this.#stamp(key);
    await allDone([() => stores.deleteCached(key, deletedAt), () => backup.delete(key, deletedAt)]);
  }

  #stamp(key: string): number {
    return this.#parts.stamps.next(key, this.#parts.now());
  }
}
