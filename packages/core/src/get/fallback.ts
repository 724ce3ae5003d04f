import type { Backup } from "../backup/backup.ts";
import type { Skip } from "../backup/generations.ts";
import type { Stamps } from "../backup/stamps.ts";
import type { Cache } from "../cache/cache.ts";
import { ageOf, Entry } from "../entry/entry.ts";
import type { Result } from "../entry/result.ts";
import { fallbackTtlOf, type GetPolicy } from "../options/policies.ts";
import { validationError } from "../options/validate.ts";
import type { Outages } from "../outage/outages.ts";
import { DatastoreError, isGoneError } from "../report/errors.ts";
import type { Events } from "../report/events.ts";
import type { Flight } from "./flight.ts";
import type { Keeper } from "./keeper.ts";
import type { Results } from "./results.ts";

export interface FallbackParts {
  readonly cache: Cache;
  readonly backup: Backup;
  readonly keeper: Keeper;
  readonly stamps: Stamps;
  readonly outages: Outages;
  readonly results: Results;
  readonly events: Events;
  readonly now: () => number;
}

/**
 * Steps 5 and 6 of a get: a load has failed. A usable backup is the answer, and is cached for half the ttl, counted from
 * now; where there is none, the loader's own error comes through.
 */
export class Fallback {
  readonly #parts: FallbackParts;

  constructor(parts: FallbackParts) {
    this.#parts = parts;
  }

  async answer(load: Flight, error: unknown): Promise<Result<unknown>> {
    const { outages, now } = this.#parts;
    const { key, policy } = load;
    if (!mayFallBack(error, policy)) {
      if (isGoneError(error)) await this.#forget(load);
      throw error;
    }
    if (!load.isAwaited) {
      // A refresh ahead for which nobody waits: the cached copy is still fresh, and stays. Who comes from now on loads anew.
      load.isJoinable = false;
      throw error;
    }
    const backup = await this.usable(key, policy);
    if (backup === undefined) throw error;

    const { failures } = outages.noteFailure(key, error, backup.loadedAt, now());
    const fallbackTtl = fallbackTtlOf(policy, failures);
    outages.publish(key, fallbackTtl, now());
    return this.#standIn(load, backup, error, fallbackTtl, policy);
  }

  /** What stands in for a load that takes longer than its `softTimeout`, and goes on. The same for all of its callers. */
  answerForSlow(load: Flight, policy: GetPolicy): Promise<Result<unknown> | undefined> {
    return (load.standIn ??= this.#readForSlow(load, policy));
  }

  /** The last good value, if it is young enough and valid. */
  async usable(key: string, policy: GetPolicy): Promise<Entry | undefined> {
    const entry = await this.lastGood(key, policy);
    if (entry === undefined) return undefined;
    this.#parts.stamps.observe(key, entry.stamp);
    return ageOf(entry, this.#parts.now()) <= policy.maxStale ? entry : undefined;
  }

  lastGood(key: string, policy: GetPolicy): Promise<Entry | undefined> {
    return this.#parts.backup.tryRead(key, (entry) => refusal(policy, key, entry));
  }

  async #readForSlow(load: Flight, policy: GetPolicy): Promise<Result<unknown> | undefined> {
    const { key } = load;
    const backup = await this.usable(key, policy);
    if (backup === undefined || load.isOver) return undefined; // what is over by now has the answer
    const error = new DatastoreError("LOAD_SLOW", `the load of ${JSON.stringify(key)} takes longer than its softTimeout`, { key });
    return this.#standIn(load, backup, error, fallbackTtlOf(policy, 0), policy);
  }

  async #standIn(load: Flight, backup: Entry, error: unknown, fallbackTtl: number, policy: GetPolicy): Promise<Result<unknown>> {
    const { events, backup: store, keeper, results } = this.#parts;
    const { key } = load;
    const now = this.#parts.now();
    const until = Math.min(now + fallbackTtl, backup.loadedAt + policy.maxStale);
    const entry = new Entry(backup.value, backup.loadedAt, until, true, backup.metadata, backup.stamp);
    events.emit("fallback", { key, age: ageOf(entry, now), error, until });
    store.tryTouch(key, entry, now);
    await keeper.fill(load, entry);
    return { ...results.of("backup", key, entry), error };
  }

  /** The source says that there is no such thing any more. */
  async #forget({ key, policy, mayWrite }: Flight): Promise<void> {
    const { cache, backup, stamps, outages, now } = this.#parts;
    if (mayWrite === "nothing") return;
    outages.clear(key);
    const deletedAt = stamps.next(key, now());
    await Promise.all([policy.useCache && cache.tryDelete(key, deletedAt), backup.tryDelete(key, deletedAt)]);
  }
}

async function refusal({ validate }: GetPolicy, key: string, entry: Entry): Promise<Skip | undefined> {
  const error = await validationError(validate, entry.value, { key, lastGood: async () => undefined });
  return error === undefined ? undefined : { reason: "invalid", error };
}

/** A `shouldFallback` that throws has not said no. */
function mayFallBack(error: unknown, policy: GetPolicy): boolean {
  try {
    return policy.shouldFallback(error);
  } catch {
    return true;
  }
}
