import type { CallOptions } from "./contract.ts";
import { Breaker, type StoreHealth, worseOf } from "./breaker.ts";
import { Deadlines } from "./deadlines.ts";
import { Call, inTime, type Observer } from "./waiting.ts";
import { DatastoreError, type DatastoreErrorCode, messageOf, type Operation } from "../report/errors.ts";
import type { Topic } from "../report/events.ts";
import { type Awaitable, isPromiseLike, itself, mapAwaitable, rethrow } from "../base/async.ts";

/** Calls the adapter. */
type Work<T> = (options: CallOptions) => Awaitable<T>;

/**
 * Makes all of core's calls to one adapter. No call takes longer than `timeout`, whatever the adapter's client does. A store that
 * does not answer gets no calls for a while. Every error is a `DatastoreError` that names the store and the operation.
 * If the adapter answers without a promise, so does the guard.
 */
export class Guard implements Observer {
  readonly #adapter: string;
  readonly #timeout: number;
  readonly #now: () => number;
  readonly #calls: Topic<"storeCalled"> | undefined;
  readonly #deadlines: Deadlines;
  // A disk may block every write and still answer reads, so blocked writes must not pause reads.
  readonly #reading = new Breaker();
  readonly #changing = new Breaker();

  constructor(adapter: string, timeout: number, now: () => number, calls?: Topic<"storeCalled">) {
    this.#adapter = adapter;
    this.#timeout = timeout;
    this.#now = now;
    this.#calls = calls;
    this.#deadlines = new Deadlines(timeout);
  }

  get health(): StoreHealth {
    return worseOf(this.#reading.health(this.#adapter), this.#changing.health(this.#adapter));
  }

  call<T>(operation: Operation, key: string | undefined, work: Work<T>): Awaitable<T> {
    return this.callThen(operation, key, work, itself, rethrow);
  }

  /** Like `mapAwaitable(() => call(…), answered, failed)` with one promise less, because every hit in a shared cache calls it. */
  callThen<T, U>(operation: Operation, key: string | undefined, work: Work<T>, answered: (answer: T) => U, failed: (error: unknown) => U): Awaitable<U> {
    if (!this.#breakerOf(operation).admits(this.#now)) return failed(this.#leftAlone(operation, key));
    const calls = this.#calls;
    if (calls?.isHeard === true) return mapAwaitable(() => this.#beginTold(calls, operation, key, work), answered, failed);
    return this.#begin(operation, key, work, answered, failed);
  }

  /** Closes a store or releases its lock, even while it is paused: an open connection keeps the process alive, and a lock keeps others out. */
  release(operation: Operation, work: () => Awaitable<void>): Awaitable<void> {
    return this.#begin(operation, undefined, work, itself, rethrow);
  }

  // The parts of a call, for calls to a store in this process that must not allocate an object.

  /** Throws `STORE_PAUSED` while the store is paused. */
  admit(operation: Operation, key: string | undefined): void {
    if (!this.#breakerOf(operation).admits(this.#now)) throw this.#leftAlone(operation, key);
  }

  /** Call when the store has answered without a promise. */
  answered(operation: Operation): void {
    this.#breakerOf(operation).succeeded();
  }

  settle<T>(operation: Operation, key: string | undefined, answer: PromiseLike<T>): Promise<T> {
    return inTime(answer, this.#deadlines, this, { operation, key, call: undefined, answered: itself, failed: rethrow });
  }

  failed(operation: Operation, key: string | undefined, cause: unknown): DatastoreError {
    const error = this.#error("STORE_FAILED", `failed at ${operation}: ${messageOf(cause)}`, operation, key, cause);
    this.#breakerOf(operation).failed(error, this.#now());
    return error;
  }

  hung(operation: Operation, key: string | undefined): DatastoreError {
    const error = this.#error("STORE_TIMEOUT", `did not answer ${operation} within ${this.#timeout} ms`, operation, key);
    this.#breakerOf(operation).hung(error, this.#now());
    return error;
  }

  #begin<T, U>(operation: Operation, key: string | undefined, work: Work<T>, answered: (answer: T) => U, failed: (error: unknown) => U): Awaitable<U> {
    const call = new Call();
    let answer: T;
    try {
      const coming = work(call);
      if (isPromiseLike(coming)) return inTime(coming, this.#deadlines, this, { operation, key, call, answered, failed });
      answer = coming;
    } catch (error) {
      return failed(this.failed(operation, key, error));
    }
    this.answered(operation);
    return answered(answer);
  }

  /** Not measured by the datastore's clock, which counts whole milliseconds: a store may need less than one. */
  #beginTold<T>(calls: Topic<"storeCalled">, operation: Operation, key: string | undefined, work: Work<T>): Awaitable<T> {
    const began = performance.now();
    const call = () => ({ key, adapter: this.#adapter, operation, duration: performance.now() - began });
    const answered = (answer: T): T => (calls.emit(call()), answer);
    const failed = (error: unknown): never => {
      calls.emit({ ...call(), error });
      throw error;
    };
    return mapAwaitable(() => this.#begin(operation, key, work, itself, rethrow), answered, failed);
  }

  #breakerOf(operation: Operation): Breaker {
    return operation === "get" || operation === "read" || operation === "list" ? this.#reading : this.#changing;
  }

  #leftAlone(operation: Operation, key: string | undefined): DatastoreError {
    const what = `was not asked to ${operation}, since it did not answer: it is asked again in some seconds`;
    return this.#error("STORE_PAUSED", what, operation, key, this.#breakerOf(operation).error);
  }

  #error(code: DatastoreErrorCode, what: string, operation: Operation, key: string | undefined, cause?: unknown): DatastoreError {
    const details = { key, adapter: this.#adapter, operation };
    return new DatastoreError(code, `${this.#adapter} ${what}`, cause === undefined ? details : { ...details, cause });
  }
}
