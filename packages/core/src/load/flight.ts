import { type Awaitable, isPromiseLike, mapAwaitable, nothing } from "../base/async.ts";
import { SmallSet } from "../base/small-set.ts";
import type { Result } from "../entry/result.ts";
import type { Look } from "../marks/look.ts";
import type { GetPolicy } from "../options/policies.ts";

/** What a running load may still write. After a `set` or `delete` nothing, after an `expire` only the backup. */
export type MayWrite = "cache and backup" | "backup" | "nothing";

/** Running work for a key, under the policy of the get that started it. */
export abstract class Flight<T = unknown> {
  readonly key: string;
  readonly policy: GetPolicy;
  /** The policies of all callers who wait for the outcome. */
  readonly callers: SmallSet<GetPolicy> = new SmallSet();
  /** Orders its result among the values of the key. */
  stamp = 0;
  /** A backup older than this many milliseconds does not stand in for this work, whatever a caller allows. */
  maxStale: number = Infinity;
  /** Whether it was started behind a fresh copy. */
  isAhead = false;
  /** What it knows of marks, once its loader is called. */
  look: Look | undefined;
  mayWrite: MayWrite = "cache and backup";
  /** Whether a later get may join it. */
  isJoinable = true;
  /** Whether the loader is done, with a value or an error. */
  hasAnswered = false;
  /** The stand-in if the loader exceeds a `softTimeout`. */
  slow: { for(policy: GetPolicy): Awaitable<Result<unknown> | undefined> } | undefined;
  /** Work after the outcome, during which the flight can still be joined. Never rejects. */
  aftermath: PromiseLike<void> | undefined;
  /** Work after that, which may still write. Never rejects, and may never settle. */
  lingers?: Promise<void>;
  #outcome: Promise<T> | undefined;
  #settle: Settle<T> | undefined;
  #ground: Ground<this> | undefined;

  constructor(key: string, policy: GetPolicy) {
    this.key = key;
    this.policy = policy;
  }

  /** If the work asks for its own key while it starts, it gets its own outcome. */
  get outcome(): Promise<T> {
    return (this.#outcome ??= new Promise((resolve, reject) => void (this.#settle = { resolve, reject })));
  }

  /** Resolves when nobody can join any more. Never rejects. */
  async ended(): Promise<void> {
    await this.outcome.catch(nothing);
    await this.aftermath;
  }

  /** Starts the work. Lands on `ground` when nobody can join any more: before a caller gets the outcome, unless there is an aftermath. */
  begin(ground: Ground<this>): Promise<T> {
    const { outcome } = this;
    this.#ground = ground;
    void mapAwaitable(() => this.run(), nothing, (error) => this.#fail(error));
    return outcome;
  }

  /** Called when the outcome is known. */
  over(): void {}

  /** Releases what nobody needs after the outcome, because a flight whose loader never settles may stay in memory for ever. */
  letGo(): void {
    this.callers.clear();
    // Not deleted, because that turns it into a slow object of three times the size.
    this.slow = undefined;
    this.aftermath = undefined;
    this.#outcome = undefined;
  }

  /** Does the work. Has to call `endWith`. */
  protected abstract run(): Awaitable<void>;

  /** The outcome is what `work` returns or throws. */
  protected endWith(work: () => Awaitable<T>): void {
    let outcome: Awaitable<T>;
    try {
      outcome = work();
    } catch (error) {
      return this.#fail(error);
    }
    if (isPromiseLike(outcome)) this.#endLater(outcome);
    else this.#end(outcome);
  }

  /** Separate from `endWith`, because a function that contains a closure allocates on each call. */
  #endLater(outcome: PromiseLike<T>): void {
    outcome.then((value) => this.#end(value), (error) => this.#fail(error));
  }

  #end(outcome: T): void {
    this.#land()?.resolve(outcome);
  }

  #fail(error: unknown): void {
    this.#land()?.reject(error);
  }

  /** Without a promise of its own, because every miss ends here. */
  #land(): Settle<T> | undefined {
    const settle = this.#settle;
    this.#settle = undefined;
    this.over();
    if (this.aftermath === undefined) this.#ground?.land(this);
    else void this.aftermath.then(() => this.#ground?.land(this));
    return settle;
  }
}

/** Where flights land. */
export interface Ground<F> {
  land(flight: F): void;
}

interface Settle<T> {
  resolve(outcome: T): void;
  reject(error: unknown): void;
}
