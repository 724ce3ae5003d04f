import { rethrow } from "../base/async.ts";
import { isError } from "../base/realm.ts";
import type { GetPolicy } from "../options/policies.ts";
import { type Validate, validationError } from "../options/validate.ts";
import { DatastoreError } from "../report/errors.ts";
import { awaitWithin, withDeadline } from "../time/deadline.ts";
import type { LoadWraps } from "./load-wraps.ts";
import type { LoaderContext } from "./loader-context.ts";
import { isNotModified, type Loader } from "./loader.ts";

/** The one call of a loader, within its timeout. */
export class LoaderCall {
  hasTimedOut = false;
  /** Whether the loader has returned a value, valid or not. */
  hasValue = false;
  readonly #key: string;
  readonly #policy: GetPolicy;
  #loader: Loader<unknown> | undefined;
  #calling: Promise<unknown> | undefined;

  constructor(key: string, policy: GetPolicy, loader: Loader<unknown>) {
    this.#key = key;
    this.#policy = policy;
    this.#loader = loader;
  }

  /** For a load that needs no call. */
  drop(): void {
    this.#loader = undefined;
  }

  /**
   * Calls the loader, and then `answered` with its answer: a valid value, an `Error`, or `notModified()`. `failed` gets exactly what the loader threw,
   * or a time-out.
   */
  begin(context: LoaderContext, wraps: LoadWraps, answered: (value: unknown) => void, failed: (error: unknown) => void): void {
    if (wraps.isEmpty) awaitWithin(this.#call(context), this.#policy.timeout, { answered, failed, timedOut: () => failed(this.#timeOut(context)) });
    else wraps.run(this.#key, () => this.#valueInTime(context)).then(answered, failed);
  }

  async #valueInTime(context: LoaderContext): Promise<unknown> {
    return this.valueOrThrow(await withDeadline(this.#call(context), this.#policy.timeout, () => rethrow(this.#timeOut(context))));
  }

  /** What the loader returns after the time-out. */
  async late(): Promise<unknown> {
    return this.#calling;
  }

  valueOrThrow(value: unknown): unknown {
    if (isError(value)) throw value;
    this.hasValue = true;
    return value;
  }

  #call(context: LoaderContext): Promise<unknown> {
    const called = this.#callLoader(context);
    this.#calling = this.#policy.validate === undefined ? called : this.#valid(called, this.#policy.validate, context);
    return this.#calling;
  }

  /** Treats a loader that throws like one that rejects. Drops the loader after its only call, because its closure may hold much memory. */
  #callLoader(context: LoaderContext): Promise<unknown> {
    const loader = this.#loader;
    this.#loader = undefined;
    try {
      return Promise.resolve(loader?.(context));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #valid(called: Promise<unknown>, validate: Validate<unknown>, context: LoaderContext): Promise<unknown> {
    const value = this.valueOrThrow(await called);
    if (isNotModified(value)) return value;
    const error = await validationError(validate, value, context);
    if (error !== undefined) throw error;
    return value;
  }

  #timeOut(context: LoaderContext): DatastoreError {
    const { timeout } = this.#policy;
    const message = `the load of ${JSON.stringify(this.#key)} took longer than its timeout of ${timeout} ms`;
    const error = new DatastoreError("LOAD_TIMEOUT", message, { key: this.#key });
    this.hasTimedOut = true;
    context.abort(error);
    return error;
  }
}
