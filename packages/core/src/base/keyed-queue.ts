import { type Awaitable, isPromiseLike } from "./async.ts";

/** Runs the work on one key in the order of the calls. Work on different keys runs in parallel. */
export class KeyedQueue {
  readonly #tails = new Map<string, Promise<unknown>>();

  run<T>(key: string, work: () => Awaitable<T>): Awaitable<T> {
    const before = this.#tails.get(key);
    const outcome = before === undefined ? work() : before.then(work);
    if (!isPromiseLike(outcome)) return outcome;

    const forget = (): void => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    };
    const tail = outcome.then(forget, forget) as Promise<unknown>; // the caller handles a failure; the queue goes on
    this.#tails.set(key, tail);
    return outcome;
  }

  /** Whether the key has unfinished work. */
  isBusy(key: string): boolean {
    return this.#tails.has(key);
  }

  /** The keys with unfinished work. */
  keys(): Iterable<string> {
    return this.#tails.keys();
  }

  /** Waits for the present work, but not for work that is added meanwhile. */
  async settled(): Promise<void> {
    await Promise.all(this.#tails.values());
  }
}
