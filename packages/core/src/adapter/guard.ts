import type { CallOptions } from "./contract.ts";
import { Breaker, type StoreHealth, worseOf } from "./breaker.ts";
import { DatastoreError, type DatastoreErrorCode, messageOf, type Operation } from "../report/errors.ts";
import type { Topic } from "../report/events.ts";
import { type Awaitable, isPromiseLike, mapAwaitable, withDeadline } from "../base/async.ts";

/** The options that an adapter gets. The signal is created on first access, already aborted if the call has timed out by then. */
class Call implements CallOptions {
  #controller: AbortController | undefined;
  #reason: unknown;

  get signal(): AbortSignal {
    if (this.#reason !== undefined) return AbortSignal.abort(this.#reason);
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  abort(reason: DatastoreError): void {
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}

/**
 * Makes all of core's calls to one adapter. No call takes longer than `timeout`, whatever the adapter's client does. A store that
 * does not answer gets no calls for a while. Every error is a `DatastoreError` that names the store and the operation.
 * If the adapter answers without a promise, so does the guard.
 */
export class Guard {
  readonly #adapter: string;
  readonly #timeout: number;
  readonly #now: () => number;
  readonly #calls: Topic<"storeCalled"> | undefined;
  // A disk may block every write and still answer reads, so blocked writes must not pause reads.
  readonly #reading = new Breaker();
  readonly #changing = new Breaker();

  constructor(adapter: string, timeout: number, now: () => number, calls?: Topic<"storeCalled">) {
    this.#adapter = adapter;
    this.#timeout = timeout;
    this.#now = now;
    this.#calls = calls;
  }

  get health(): StoreHealth {
    return worseOf(this.#reading.health(this.#adapter), this.#changing.health(this.#adapter));
  }

  call<T>(operation: Operation, key: string | undefined, work: (options: CallOptions) => Awaitable<T>): Awaitable<T> {
    this.admit(operation, key);
    return this.#calls?.isHeard === true ? this.#beginTold(this.#calls, operation, key, work) : this.#begin(operation, key, work);
  }

  /** Closes a store or releases its lock, even while it is paused: an open connection keeps the process alive, and a lock keeps others out. */
  release(operation: Operation, work: () => Awaitable<void>): Awaitable<void> {
    return this.#begin(operation, undefined, work);
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

  async settle<T>(operation: Operation, key: string | undefined, answer: PromiseLike<T>, call?: Call): Promise<T> {
    let hung: DatastoreError | undefined;
    try {
      const value = await withDeadline(answer, this.#timeout, () => {
        hung = this.#hung(operation, key);
        call?.abort(hung);
        throw hung;
      });
      this.#breakerOf(operation).succeeded();
      return value;
    } catch (error) {
      throw hung ?? this.failed(operation, key, error);
    }
  }

  failed(operation: Operation, key: string | undefined, cause: unknown): DatastoreError {
    const error = this.#error("STORE_FAILED", `failed at ${operation}: ${messageOf(cause)}`, operation, key, cause);
    this.#breakerOf(operation).failed(error, this.#now());
    return error;
  }

  #begin<T>(operation: Operation, key: string | undefined, work: (options: CallOptions) => Awaitable<T>): Awaitable<T> {
    const call = new Call();
    try {
      const answer = work(call);
      if (isPromiseLike(answer)) return this.settle(operation, key, answer, call);
      this.#breakerOf(operation).succeeded();
      return answer;
    } catch (error) {
      throw this.failed(operation, key, error);
    }
  }

  /** Not measured by the datastore's clock, which counts whole milliseconds: a store may need less than one. */
  #beginTold<T>(calls: Topic<"storeCalled">, operation: Operation, key: string | undefined, work: (options: CallOptions) => Awaitable<T>): Awaitable<T> {
    const began = performance.now();
    const call = () => ({ key, adapter: this.#adapter, operation, duration: performance.now() - began });
    const answered = (answer: T): T => (calls.emit(call()), answer);
    const failed = (error: unknown): never => {
      calls.emit({ ...call(), error });
      throw error;
    };
    return mapAwaitable(() => this.#begin(operation, key, work), answered, failed);
  }

  #breakerOf(operation: Operation): Breaker {
    return operation === "get" || operation === "read" || operation === "list" ? this.#reading : this.#changing;
  }

  #hung(operation: Operation, key: string | undefined): DatastoreError {
    const error = this.#error("STORE_TIMEOUT", `did not answer ${operation} within ${this.#timeout} ms`, operation, key);
    this.#breakerOf(operation).hung(error, this.#now());
    return error;
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
