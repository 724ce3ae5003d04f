import type { Result } from "../entry/result.ts";
import type { GetPolicy } from "../options/policies.ts";

/** What a running load may still write: a `set` or `delete` beats it altogether, an `expire` keeps it out of the cache. */
export type MayWrite = "cache and backup" | "backup" | "nothing";

/** One piece of running work for a key, under the policy of the get that began it. */
export abstract class Flight<T = unknown> {
  readonly key: string;
  readonly policy: GetPolicy;
  /** The policies of all callers who wait for the outcome. */
  readonly callers: Set<GetPolicy> = new Set();
  /** Orders what comes of it among the values of its key. */
  stamp = 0;
  /** A backup older than this many milliseconds does not stand in for this work, whatever a caller allows. */
  maxStale: number = Infinity;
  mayWrite: MayWrite = "cache and backup";
  /** Whether a get that comes from now on may have its outcome. */
  isJoinable = true;
  /** Whether the loader is done, with a value or an error. */
  hasAnswered = false;
  /** What stands in while the loader takes longer than a `softTimeout`. */
  slow: { for(policy: GetPolicy): Promise<Result<unknown> | undefined> } | undefined;
  /** What goes on after the outcome is known, and can still be joined. Settles well. */
  aftermath: Promise<void> | undefined;
  /** What goes on after that, and may still write. Settles well, or never. */
  lingers?: Promise<void>;
  /** Settles well, when nobody can join any more. */
  ended?: Promise<void>;
  #outcome: Promise<T> | undefined;
  #hasBegun = false;

  constructor(key: string, policy: GetPolicy) {
    this.key = key;
    this.policy = policy;
  }

  /** Begins when it is first asked for. Work that asks for its own key, while it begins, gets the outcome of the same work. */
  get outcome(): Promise<T> {
    if (this.#outcome !== undefined) return this.#outcome;
    if (this.#hasBegun) return this.#outcomeSoon();
    this.#hasBegun = true;
    this.#outcome = this.run();
    return this.#outcome;
  }

  /** The outcome is known. */
  over(): void {}

  /** Lets go of all that nobody needs after the outcome: one whose loader never settles may stay for ever. */
  letGo(): void {
    this.callers.clear();
    // Not deleted: that makes a slow object of three times the size.
    this.slow = undefined;
    this.aftermath = undefined;
    this.#outcome = undefined;
  }

  async #outcomeSoon(): Promise<T> {
    await undefined;
    return this.outcome;
  }

  protected abstract run(): Promise<T>;
}
