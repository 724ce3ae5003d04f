import type { CallOptions } from "./contract.ts";
import { Breaker, type StoreHealth, worseOf } from "./breaker.ts";
import { DatastoreError, type DatastoreErrorCode, messageOf, type Operation } from "../report/errors.ts";
import type { Topic } from "../report/events.ts";
import { type Awaitable, isPromiseLike, mapAwaitable, withDeadline } from "../base/async.ts";

/** What an adapter gets to see of a call: a signal, made only if it is looked at, and be it too late. */
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
 * Stands between core and one adapter: no call outlasts `timeout`, whatever the adapter's client does; a store that is dead
 * is left alone for a while; and every error is a `DatastoreError` that says which store and which operation.
 * An adapter that answers at once costs no promise.
 */
export class Guard {
  readonly #adapter: string;
  readonly #timeout: number;
  readonly #now: () => number;
  readonly #calls: Topic<"storeCalled"> | undefined;
  // A disk may hold up every write and go on to read: it must not be left alone for that by those who read.
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

  /** Lets go of what a store has given. It is not left alone for this: connections keep a process alive, and locks keep others out. */
  release(operation: Operation, work: () => Awaitable<void>): Awaitable<void> {
    return this.#begin(operation, undefined, work);
  }

  // The parts of a call, for whoever asks a store in this process and must not make an object for it.

  /** Throws `STORE_PAUSED` while the store is left alone. */
  admit(operation: Operation, key: string | undefined): void {
    if (!this.#breakerOf(operation).admits(this.#now)) throw this.#leftAlone(operation, key);
  }

  /** The store has answered at once. */
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

  /** The clock of the datastore counts whole milliseconds, and a store may need less than one. */
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
