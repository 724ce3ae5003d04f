import { nothing } from "../base/async.ts";
import type { DatastoreError, Operation } from "../report/errors.ts";
import type { CallOptions } from "./call-options.ts";
import type { Deadline, Deadlines, Timed } from "./deadlines.ts";

/** The options that an adapter gets. The signal is created on first access, already aborted if the call has timed out by then. */
export class Call implements CallOptions {
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

/** What is to be told of each call to a store. */
export interface Observer {
  answered(operation: Operation): void;
  /** Returns the caller's error. */
  failed(operation: Operation, key: string | undefined, cause: unknown): DatastoreError;
  hung(operation: Operation, key: string | undefined): DatastoreError;
}

/** A call, and what its caller makes of an answer or an error. */
export interface Asked<T, U> {
  readonly operation: Operation;
  readonly key: string | undefined;
  readonly call: Call | undefined;
  readonly answered: (answer: T) => U;
  readonly failed: (error: unknown) => U;
}

/** Settles as the store's promise does, if that is in time. What comes later is ignored. */
export function inTime<T, U>(promise: PromiseLike<T>, deadlines: Deadlines, observer: Observer, asked: Asked<T, U>): Promise<U> {
  return new Promise((resolve, reject) => new Waiting(asked, observer, resolve, reject).listen(promise, deadlines));
}

class Waiting<T, U> implements Timed {
  readonly #observer: Observer;
  // A promise that never settles keeps its reactions for ever. After the time-out they must hold nothing of the call.
  #asked: Asked<T, U> | undefined;
  #resolve: (answer: U) => void;
  #reject: (error: unknown) => void;
  #deadline: Deadline | undefined;

  constructor(asked: Asked<T, U>, observer: Observer, resolve: (answer: U) => void, reject: (error: unknown) => void) {
    this.#asked = asked;
    this.#observer = observer;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  listen(promise: PromiseLike<T>, deadlines: Deadlines): void {
    this.#deadline = deadlines.begin(this);
    const failed = (error: unknown): void => this.#failed(error);
    try {
      promise.then((answer) => this.#answered(answer), failed);
    } catch (error) {
      failed(error);
    }
  }

  timeOut(): void {
    const asked = this.#asked;
    if (asked === undefined) return;
    const error = this.#observer.hung(asked.operation, asked.key);
    this.#end(asked.failed, error);
    asked.call?.abort(error);
  }

  #answered(answer: T): void {
    const asked = this.#asked;
    if (asked === undefined) return;
    this.#observer.answered(asked.operation);
    this.#deadline?.answered();
    this.#end(asked.answered, answer);
  }

  #failed(cause: unknown): void {
    const asked = this.#asked;
    if (asked === undefined) return;
    this.#deadline?.answered();
    this.#end(asked.failed, this.#observer.failed(asked.operation, asked.key, cause));
  }

  /** With what `work` makes of the outcome. */
  #end<O>(work: (outcome: O) => U, outcome: O): void {
    try {
      this.#resolve(work(outcome));
    } catch (error) {
      this.#reject(error);
    }
    this.#asked = this.#deadline = undefined;
    this.#resolve = this.#reject = nothing;
  }
}
