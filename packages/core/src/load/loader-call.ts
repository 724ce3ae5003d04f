import { rethrow } from "../base/async.ts";
import { isError } from "../base/realm.ts";
import type { GetPolicy } from "../options/policies.ts";
import { type Validate, validationError } from "../options/validate.ts";
import { DatastoreError } from "../report/errors.ts";
import { awaitWithin, type Ends, withDeadline } from "../time/deadline.ts";
import type { LoadWraps } from "./load-wraps.ts";
import type { LoaderContext } from "./loader-context.ts";
import { isNotModified, type Loader } from "./loader.ts";

/** The load that calls its loader. */
export interface CallingLoad {
  readonly key: string;
  readonly policy: GetPolicy;
  /** The loader has returned a valid value, an `Error`, or `notModified()`. */
  returned(value: unknown, call: LoaderCall): void;
  /** `error` is exactly what the loader threw, or a time-out. */
  threw(error: unknown, call: LoaderCall): void;
}

/** The one call of a loader, within its timeout. */
export class LoaderCall implements Ends<unknown> {
  readonly context: LoaderContext;
  hasTimedOut = false;
  /** Whether the loader has returned a value, valid or not. */
  hasValue = false;
  readonly #load: CallingLoad;
  #calling: Promise<unknown> | undefined;

  constructor(context: LoaderContext, load: CallingLoad) {
    this.context = context;
    this.#load = load;
  }

  begin(loader: Loader<unknown>, wraps: LoadWraps): void {
    if (wraps.isEmpty) return awaitWithin(this.#call(loader), this.#load.policy.timeout, this);
    wraps.run(this.#load.key, () => this.#valueInTime(loader)).then(
      (value) => this.answered(value),
      (error) => this.failed(error),
    );
  }

  answered(value: unknown): void {
    this.#load.returned(value, this);
  }

  failed(error: unknown): void {
    this.#load.threw(error, this);
  }

  timedOut(): void {
    this.failed(this.#timeOut());
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

  async #valueInTime(loader: Loader<unknown>): Promise<unknown> {
    return this.valueOrThrow(await withDeadline(this.#call(loader), this.#load.policy.timeout, () => rethrow(this.#timeOut())));
  }

  #call(loader: Loader<unknown>): Promise<unknown> {
    const called = promised(loader, this.context);
    const { validate } = this.#load.policy;
    this.#calling = validate === undefined ? called : this.#valid(called, validate);
    return this.#calling;
  }

  async #valid(called: Promise<unknown>, validate: Validate<unknown>): Promise<unknown> {
    const value = this.valueOrThrow(await called);
    if (isNotModified(value)) return value;
    const error = await validationError(validate, value, this.context);
    if (error !== undefined) throw error;
    return value;
  }

  #timeOut(): DatastoreError {
    const { key, policy } = this.#load;
    const message = `the load of ${JSON.stringify(key)} took longer than its timeout of ${policy.timeout} ms`;
    const error = new DatastoreError("LOAD_TIMEOUT", message, { key });
    this.hasTimedOut = true;
    this.context.abort(error);
    return error;
  }
}

/** A loader that throws is like one that rejects. */
function promised(loader: Loader<unknown>, context: LoaderContext): Promise<unknown> {
  try {
    return Promise.resolve(loader(context));
  } catch (error) {
    return Promise.reject(error);
  }
}
