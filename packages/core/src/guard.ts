import type { Awaitable, CallOptions } from "./adapter.ts";
import { DatastoreError } from "./errors.ts";
import { isPromiseLike, within } from "./promises.ts";

/** What an adapter gets to see of a call: a signal, made only if it is looked at. */
class Call implements CallOptions {
  #controller: AbortController | undefined;

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#controller?.abort(reason);
  }
}

/**
 * Stands between core and one adapter: no call outlasts `timeout`, whatever the adapter's client does, and every error
 * is a `DatastoreError` that says which store and which operation. An adapter that answers at once costs no promise.
 */
export class Guard {
  readonly #adapter: string;
  readonly #timeout: number;

  constructor(adapter: string, timeout: number) {
    this.#adapter = adapter;
    this.#timeout = timeout;
  }

  call<T>(operation: string, key: string | undefined, work: (options: CallOptions) => Awaitable<T>): Awaitable<T> {
    const call = new Call();
    try {
      const answer = work(call);
      return isPromiseLike(answer) ? this.#settle(operation, key, answer, call) : answer;
    } catch (error) {
      throw this.#failure(operation, key, error);
    }
  }

  async #settle<T>(operation: string, key: string | undefined, answer: PromiseLike<T>, call: Call): Promise<T> {
    try {
      return await within(answer, this.#timeout, () => {
        const late = this.#timedOut(operation, key);
        call.abort(late);
        throw late;
      });
    } catch (error) {
      throw this.#failure(operation, key, error);
    }
  }

  #timedOut(operation: string, key: string | undefined): DatastoreError {
    const message = `${this.#adapter} did not answer ${operation} within ${this.#timeout} ms`;
    return new DatastoreError("STORE_TIMEOUT", message, { key, adapter: this.#adapter, operation });
  }

  #failure(operation: string, key: string | undefined, cause: unknown): DatastoreError {
    if (cause instanceof DatastoreError) return cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `${this.#adapter} failed at ${operation}: ${reason}`;
    return new DatastoreError("STORE_FAILED", message, { key, adapter: this.#adapter, operation, cause });
  }
}
