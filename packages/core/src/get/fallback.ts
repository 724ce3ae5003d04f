import type { Backup } from "../backup/backup.ts";
import type { Stamps } from "../backup/stamps.ts";
import type { Cache } from "../cache/cache.ts";
import type { Entry } from "../entry/entry.ts";
import type { Result } from "../entry/result.ts";
import { fallbackTtlOf } from "../options/answers.ts";
import type { GetPolicy } from "../options/policies.ts";
import type { Outages } from "../outage/outages.ts";
import { DatastoreError } from "../report/errors.ts";
import type { Events } from "../report/events.ts";
import { Failure } from "./failure.ts";
import type { Flight } from "../load/flight.ts";
import type { Keeper } from "./keeper.ts";
import { LastGood } from "./last-good.ts";
import type { Results } from "../load/results.ts";
import { type Reason, StandIn } from "./stand-in.ts";

export interface FallbackParts {
  readonly cache: Cache;
  readonly backup: Backup;
  readonly keeper: Keeper;
  readonly stamps: Stamps;
  readonly outages: Outages;
  readonly results: Results;
  readonly events: Events;
  /** How many milliseconds `validate` of a backup may take, unless the load's timeout is shorter. */
  readonly longestValidate: number;
  readonly now: () => number;
}

/**
 * Steps 5 and 6 of a get, after a load that has failed or is slow. A usable backup is the answer, and is cached for half the ttl from now.
 * Without one, the caller gets the loader's own error.
 */
export class Fallback {
  readonly #parts: FallbackParts;

  constructor(parts: FallbackParts) {
    this.#parts = parts;
  }

  /** `loaderTtl`: the argument of the loader's `setTtl` before it threw. */
  failed(load: Flight, error: unknown, loaderTtl: number | undefined): Failure {
    const standIn = new StandIn(load, this.lastGood(load.key), new FailureReason(load.key, error, loaderTtl, this.#parts), this.#parts);
    return new Failure(load, error, standIn, this.#parts);
  }

  /** The stand-in for a load that exceeds its `softTimeout` and goes on. */
  async inPlaceOf(load: Flight, policy: GetPolicy): Promise<Result<unknown> | undefined> {
    load.slow ??= this.#slow(load);
    return load.slow.for(policy);
  }

  /** The last good value of a key, shared by all who wait for the same work. */
  lastGood(key: string): LastGood {
    return new LastGood(key, this.#parts.backup, this.#parts.longestValidate);
  }

  #slow(load: Flight): StandIn {
    const { key } = load;
    const error = new DatastoreError("LOAD_SLOW", `the load of ${JSON.stringify(key)} takes longer than its softTimeout`, { key });
    const reason: Reason = { error, note: (_backup, policy) => fallbackTtlOf(policy, 0, error), isOver: () => load.hasAnswered };
    return new StandIn(load, this.lastGood(key), reason, this.#parts);
  }
}

class FailureReason implements Reason {
  readonly error: unknown;
  readonly #key: string;
  readonly #loaderTtl: number | undefined;
  readonly #parts: FallbackParts;

  constructor(key: string, error: unknown, loaderTtl: number | undefined, parts: FallbackParts) {
    this.error = error;
    this.#key = key;
    this.#loaderTtl = loaderTtl;
    this.#parts = parts;
  }

  note(backup: Entry, policy: GetPolicy): number {
    const { outages, now } = this.#parts;
    const { failures } = outages.noteFailure(this.#key, this.error, backup.loadedAt, now());
    const ttl = this.#loaderTtl ?? fallbackTtlOf(policy, failures, this.error);
    outages.publish(this.#key, ttl, now());
    return ttl;
  }

  noteUntil(until: number): void {
    this.#parts.outages.noteUntil(this.#key, until);
  }

  isOver(): boolean {
    return false;
  }
}
