import type { Awaitable } from "../base/async.ts";
import type { Stamps } from "../backup/stamps.ts";
import type { Copies } from "../marks/copies.ts";
import type { Entry } from "../entry/entry.ts";
import type { GetPolicy } from "../options/policies.ts";
import { storedValueError } from "../options/validate.ts";
import type { Events } from "../report/events.ts";

export interface ValidHitsParts {
  readonly copies: Copies;
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
  find(key: string, policy: GetPolicy): Awaitable<Entry | undefined> {
    return policy.validate === undefined ? this.#parts.copies.find(key, policy.tags) : this.#findValid(key, policy);
  }

  async #findValid(key: string, policy: GetPolicy): Promise<Entry | undefined> {
    const { copies, stamps, events } = this.#parts;
    const found = await copies.find(key, policy.tags);
    if (found === undefined) return undefined;
    const error = await storedValueError(policy.validate, found.value, key, { deadline: policy.timeout, what: "the cached copy" });
    if (error === undefined) return found;
    stamps.observe(key, found.stamp); // the next load has to replace it
    events.emit("cacheFailed", { key, operation: "get", error });
    return undefined;
  }
}
