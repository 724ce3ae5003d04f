import type { Stamps } from "../backup/stamps.ts";
import { withDeadline } from "../base/async.ts";
import type { Cache } from "../cache/cache.ts";
import type { Entry } from "../entry/entry.ts";
import type { GetPolicy } from "../options/policies.ts";
import { validationError } from "../options/validate.ts";
import { DatastoreError } from "../report/errors.ts";
import type { Events } from "../report/events.ts";

export interface ValidHitsParts {
  readonly cache: Cache;
  readonly stamps: Stamps;
  readonly events: Events;
}

/** Reads the cache and applies `validate`, because an older release of the program may have filled a shared cache. */
export class ValidHits {
  readonly #parts: ValidHitsParts;

  constructor(parts: ValidHitsParts) {
    this.#parts = parts;
  }

  /** A refused copy counts as absent, and an event says why. Never rejects. */
  async find(key: string, policy: GetPolicy): Promise<Entry | undefined> {
    const { cache, stamps, events } = this.#parts;
    const found = await cache.find(key);
    if (found === undefined) return undefined;
    const error = await this.#refusal(key, found, policy);
    if (error === undefined) return found;
    stamps.observe(key, found.stamp); // the next load has to replace it
    events.emit("cacheFailed", { key, operation: "get", error });
    return undefined;
  }

  async #refusal(key: string, { value }: Entry, { validate, timeout }: GetPolicy): Promise<unknown> {
    const judged = async (): Promise<unknown> => validationError(validate, value, { key, lastGood: async () => undefined });
    return withDeadline(judged(), timeout, () => new DatastoreError("INVALID_VALUE", `validate did not answer within ${timeout} ms for the cached copy of ${JSON.stringify(key)}`, { key }));
  }
}
