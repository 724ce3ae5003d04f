import type { Awaitable } from "./adapter.ts";
import { type Duration, milliseconds } from "./duration.ts";
import { DatastoreError } from "./errors.ts";
import type { GetPolicy } from "./policies.ts";
import { within } from "./promises.ts";
import type { Result } from "./result.ts";
import { invalidity } from "./validity.ts";

/** Loads the value of a key. What it throws or rejects with, and an `Error` that it returns, is a load that failed. */
export type Loader<T> = (context: LoadContext<T>) => Awaitable<T>;

/** What a loader may know of its load, and say about its outcome. */
export interface LoadContext<T> {
  readonly key: string;
  /** Aborted when the load has taken longer than `timeout`. */
  readonly signal: AbortSignal;
  /** The backup as it is now, whatever its age; `undefined` if there is none or it cannot be read. */
  readonly lastGood: () => Promise<Result<T> | undefined>;
  /** How long this value is fresh in the cache, in place of the `ttl` that was asked for. */
  readonly setTtl: (ttl: Duration) => void;
}

/** One call of a loader: its context, its deadline, its outcome. */
export class Load<T> implements LoadContext<T> {
  readonly key: string;
  // Functions of their own and not methods, so that a loader may take them out of its context by name.
  readonly lastGood: () => Promise<Result<T> | undefined>;
  readonly setTtl: (ttl: Duration) => void;
  readonly #policy: GetPolicy;
  #controller: AbortController | undefined;
  #loading: Promise<T> | undefined;
  #timedOut = false;

  constructor(key: string, policy: GetPolicy, lastGood: () => Promise<Result<T> | undefined>) {
    this.key = key;
    this.lastGood = lastGood;
    this.ttl = policy.ttl;
    this.setTtl = (ttl) => {
      this.ttl = milliseconds(ttl, "setTtl");
    };
    this.#policy = policy;
  }

  /** Milliseconds for which the value is fresh. */
  ttl: number;

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  get timedOut(): boolean {
    return this.#timedOut;
  }

  /** The loader's value, in time and valid. Rejects with what the loader threw, as it is, or with a `DatastoreError`. */
  run(loader: Loader<T>): Promise<T> {
    this.#loading = this.#loadValid(loader);
    return within(this.#loading, this.#policy.timeout, () => {
      throw this.#giveUp();
    });
  }

  /** Hands `keep` the value that comes after the time-out, if one does. Settles well. */
  async late(keep: (value: T) => Promise<void>): Promise<void> {
    try {
      const value = await this.#loading;
      if (value !== undefined) await keep(value);
    } catch {
      // The load has failed already: its callers have been told, of the time-out.
    }
  }

  async #loadValid(loader: Loader<T>): Promise<T> {
    const value = await loader(this);
    if (value instanceof Error) throw value;
    const error = await invalidity(this.#policy.validate, this.key, value);
    if (error !== undefined) throw error;
    return value;
  }

  #giveUp(): DatastoreError {
    const { timeout } = this.#policy;
    const message = `the load of ${JSON.stringify(this.key)} took longer than its timeout of ${timeout} ms`;
    const error = new DatastoreError("LOAD_TIMEOUT", message, { key: this.key });
    this.#timedOut = true;
    this.#controller?.abort(error);
    return error;
  }
}
