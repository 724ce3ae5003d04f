import { withDeadline } from "../time/deadline.ts";
import type { Cache } from "../cache/cache.ts";
import type { Copies } from "../marks/copies.ts";
import type { TryRelease } from "../cache/key-leases.ts";
import { ageOf, type Entry } from "../entry/entry.ts";
import type { Flight } from "./flight.ts";

// Milliseconds between two looks for the outcome of another process.
const FIRST_PAUSE = 20;
const LONGEST_PAUSE = 200;

export interface LeasingParts {
  readonly cache: Cache;
  readonly copies: Copies;
  readonly now: () => number;
}

/** What a load may do: load, with a lease to release or without one, or return the outcome of another process. */
export type Leased = { readonly release: TryRelease | undefined } | { readonly answer: Entry };

const NO_LEASE: Leased = { release: undefined };

/**
 * Lets one of all processes load a key. A process without the lease waits for the outcome of the other, which may be a stand-in. No get
 * waits longer than `lease` for this, and none fails because of it.
 */
export class Leasing {
  readonly #parts: LeasingParts;

  constructor(parts: LeasingParts) {
    this.#parts = parts;
  }

  /** Never fails. */
  async take(load: Flight): Promise<Leased> {
    const { lease } = load.policy;
    let isLate = false;
    const taking = this.#take(load, () => isLate);
    return withDeadline(taking, lease, () => {
      isLate = true;
      void taking.then(giveBack);
      return NO_LEASE;
    });
  }

  async #take(load: Flight, isLate: () => boolean): Promise<Leased> {
    const { cache, copies } = this.#parts;
    const { key, policy } = load;
    const before = mayAnswerAtOnce(load) ? undefined : await copies.find(key, policy.tags);
    for (let pause = FIRST_PAUSE; !isLate(); pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
      const lease = await cache.leases.tryTake(key, policy.lease);
      if (lease !== "taken") return this.#unlessAnswered(load, before, lease);
      await rest(pause);
      const answer = await this.#answer(load, before);
      if (answer !== undefined) return { answer };
    }
    return NO_LEASE;
  }

  /** The previous holder may have finished after this process last looked. */
  async #unlessAnswered(load: Flight, before: Entry | undefined, release: TryRelease | undefined): Promise<Leased> {
    const answer = release && (await this.#answer(load, before));
    if (answer === undefined) return { release };
    await release?.();
    return { answer };
  }

  /** A fresh copy that was not there before, and that the policies of all callers accept. */
  async #answer({ key, callers, policy }: Flight, before: Entry | undefined): Promise<Entry | undefined> {
    const { copies, now } = this.#parts;
    const found = await copies.find(key, policy.tags);
    if (found === undefined || !copies.isFresh(found, now()) || isSame(found, before)) return undefined;
    const age = ageOf(found, now());
    const isTooOld = (caller: Flight["policy"]): boolean => found.stale && age > caller.maxStale;
    return isTooOld(policy) || [...callers].some(isTooOld) ? undefined : found;
  }
}

/** Whether a fresh copy is new because the get has just missed. It came in between. */
function mayAnswerAtOnce({ isAhead, policy }: Flight): boolean {
  return !isAhead && policy.useCache && !policy.validateHits;
}

function isSame(found: Entry, before: Entry | undefined): boolean {
  return found.stamp === before?.stamp && found.expiresAt === before.expiresAt;
}

function giveBack(leased: Leased): unknown {
  return "release" in leased ? leased.release?.() : undefined;
}

/** Does not keep the process alive: the waiting caller does. */
function rest(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref());
}
