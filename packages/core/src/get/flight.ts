import type { Result } from "../entry/result.ts";
import type { GetPolicy } from "../options/policies.ts";

/** What a running load may still write: a `set` or `delete` beats it altogether, an `expire` keeps it out of the cache. */
export type MayWrite = "cache and backup" | "backup" | "nothing";

/** One piece of running work for a key, under the policy of the get that began it. */
export abstract class Flight<T = unknown> {
  readonly key: string;
  readonly policy: GetPolicy;
  mayWrite: MayWrite = "cache and backup";
  /** Whether a caller waits for the outcome. */
  isAwaited = false;
  /** Whether whoever comes from now on may have its outcome. */
  isJoinable = true;
  isOver = false;
  /** What stands in while it takes longer than a `softTimeout`: the same for all who wait. */
  standIn?: Promise<Result<unknown> | undefined>;
  /** What goes on after the outcome is known, and may still write. Settles well. */
  lingers?: Promise<void>;
  #outcome: Promise<T> | undefined;

  constructor(key: string, policy: GetPolicy) {
    this.key = key;
    this.policy = policy;
  }

  /** Begins a tick later, so that work that asks for its own key finds itself. */
  get outcome(): Promise<T> {
    return (this.#outcome ??= Promise.resolve().then(() => this.run()));
  }

  protected abstract run(): Promise<T>;
}
