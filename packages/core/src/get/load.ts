import type { Stamps } from "../backup/stamps.ts";
import { isPromiseLike, withDeadline } from "../base/async.ts";
import { isError } from "../base/realm.ts";
import type { Entry } from "../entry/entry.ts";
import type { Result } from "../entry/result.ts";
import type { GetPolicy } from "../options/policies.ts";
import { type Validate, validationError } from "../options/validate.ts";
import type { Outages } from "../outage/outages.ts";
import { DatastoreError } from "../report/errors.ts";
import type { Events } from "../report/events.ts";
import type { Failure } from "./failure.ts";
import type { Fallback } from "./fallback.ts";
import { Flight } from "../load/flight.ts";
import type { Keeper } from "./keeper.ts";
import type { Leasing } from "../load/leasing.ts";
import { LoaderContext } from "../load/loader-context.ts";
import { look } from "../marks/look.ts";
import type { Marks } from "../marks/marks.ts";
import { isNotModified, type Loader } from "../load/loader.ts";
import type { EnclosingLoad, LoadNesting } from "../load/nesting.ts";
import type { Results } from "../load/results.ts";
import type { LoadWraps } from "../load/load-wraps.ts";

export interface LoadParts {
  readonly nesting: LoadNesting;
  readonly keeper: Keeper;
  readonly fallback: Fallback;
  readonly leasing: Leasing;
  readonly loadWraps: LoadWraps;
  readonly marks: Marks;
  readonly stamps: Stamps;
  readonly outages: Outages;
  readonly results: Results;
  readonly events: Events;
  readonly now: () => number;
}

/** Step 3 of a get: calls the loader, and ends with a stored value or with a failure that each caller judges. */
export class Load extends Flight<Result<unknown> | Failure> {
  /** Its place among nested loads, so that no load waits for itself. */
  readonly place: EnclosingLoad;
  readonly #parts: LoadParts;
  #loader: Loader<unknown> | undefined;
  #hasTimedOut = false;
  /** Whether the loader has returned a value, valid or not. */
  #hasValue = false;
  #calling: Promise<unknown> | undefined;
  #whenAnswered: (() => void)[] | undefined;

  constructor(key: string, loader: Loader<unknown>, policy: GetPolicy, asker: EnclosingLoad | undefined, parts: LoadParts) {
    super(key, policy);
    this.place = parts.nesting.place(key, asker);
    this.#loader = loader;
    this.#parts = parts;
  }

  /** Resolves when the loader has ended with a value or an error. Does not wait for writes. */
  get answered(): Promise<void> {
    return this.hasAnswered ? Promise.resolve() : new Promise((resolve) => void (this.#whenAnswered ??= []).push(resolve));
  }

  /** The value that `lastGood()` returns and `notModified()` renews. */
  lastGood(): Promise<Entry | undefined> {
    return this.#parts.fallback.lastGood(this.key).for(this.policy);
  }

  override over(): void {
    this.#parts.nesting.leave(this.place);
  }

  protected run(): Promise<Result<unknown> | Failure> {
    const isLeased = this.policy.lease > 0 && !this.policy.refresh;
    return this.#parts.nesting.within(this.place, () => (isLeased ? this.#leased() : this.#load()));
  }

  /** One of many processes loads, and the others share its outcome. */
  async #leased(): Promise<Result<unknown> | Failure> {
    const leased = await this.#parts.leasing.take(this);
    if ("answer" in leased) return this.#adopt(leased.answer);
    try {
      return await this.#load();
    } finally {
      void Promise.resolve(this.aftermath).then(leased.release);
    }
  }

  #adopt(answer: Entry): Result<unknown> {
    this.#loader = undefined;
    this.#answer();
    return this.#parts.results.of("cache", this.key, answer);
  }

  async #load(): Promise<Result<unknown> | Failure> {
    const { keeper, marks, stamps, outages, results, events, now } = this.#parts;
    const began = now();
    this.stamp = stamps.next(this.key, began);
    const looking = look(marks, this.key, this.policy.tags, began);
    this.look = isPromiseLike(looking) ? await looking : looking;
    const context = new LoaderContext(this, began, results, this.look);
    let entry: Entry;
    let ended: number;
    try {
      const value = this.#valueOrThrow(await this.#callWrapped(context));
      ended = now();
      entry = isNotModified(value) ? await this.#renewed(context) : context.entry(value, ended);
    } catch (error) {
      this.#answer();
      events.emit("loadFailed", { key: this.key, error, duration: Math.max(0, now() - began) });
      return this.#fail(error, context);
    }
    this.#answer();
    events.emit("loaded", { key: this.key, loadedAt: entry.loadedAt, duration: Math.max(0, ended - began) });
    outages.recovered(this.key, ended);
    const kept = keeper.keep(this, entry, context);
    if (kept !== undefined) await kept; // usually there is nothing to wait for, and an await costs promises
    return results.of("loader", this.key, entry);
  }

  #fail(error: unknown, context: LoaderContext): Failure {
    if (this.#hasTimedOut) this.lingers = this.#keepLate(context);
    // Once there is a value, setTtl was about the value.
    const loaderTtl = this.#hasValue || this.#hasTimedOut ? undefined : context.ttlOfFailure;
    const failure = this.#parts.fallback.failed(this, error, loaderTtl);
    this.aftermath = failure.settle();
    return failure;
  }

  #answer(): void {
    this.hasAnswered = true;
    for (const resolve of this.#whenAnswered ?? []) resolve();
    this.#whenAnswered = undefined;
  }

  #callWrapped(context: LoaderContext): Promise<unknown> {
    const { loadWraps } = this.#parts;
    if (loadWraps.isEmpty) return this.#call(context);
    return loadWraps.run(this.key, async () => this.#valueOrThrow(await this.#call(context)));
  }

  /** Calls the loader. Resolves with its return value: a valid value, an `Error`, or `notModified()`. Rejects with exactly what the loader threw. */
  #call(context: LoaderContext): Promise<unknown> {
    const called = this.#callLoader(context);
    this.#calling = this.policy.validate === undefined ? called : this.#valid(called, this.policy.validate, context);
    return withDeadline(this.#calling, this.policy.timeout, () => {
      throw this.#timeOut(context);
    });
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
    const value = this.#valueOrThrow(await called);
    if (isNotModified(value)) return value;
    const error = await validationError(validate, value, context);
    if (error !== undefined) throw error;
    return value;
  }

  #valueOrThrow(value: unknown): unknown {
    if (isError(value)) throw value;
    this.#hasValue = true;
    return value;
  }

  #timeOut(context: LoaderContext): DatastoreError {
    const { timeout } = this.policy;
    const message = `the load of ${JSON.stringify(this.key)} took longer than its timeout of ${timeout} ms`;
    const error = new DatastoreError("LOAD_TIMEOUT", message, { key: this.key });
    this.#hasTimedOut = true;
    context.abort(error);
    return error;
  }

  /** The last good value, fresh again. */
  async #renewed(context: LoaderContext): Promise<Entry> {
    const last = context.shown ?? (await this.lastGood());
    if (last !== undefined) return context.renewed(last, this.#parts.now());
    throw new DatastoreError("NOTHING_TO_RENEW", `the loader of ${JSON.stringify(this.key)} said notModified(), and there is no backup`, { key: this.key });
  }

  /** Stores a value that comes after the time-out. Never rejects. */
  async #keepLate(context: LoaderContext): Promise<void> {
    const { keeper, now } = this.#parts;
    try {
      const value = await this.#calling;
      if (value !== undefined && !isError(value) && !isNotModified(value)) await keeper.keepLate(this, context.entry(value, now()), context);
    } catch {
      // The callers already have the time-out as their error.
    }
  }
}
