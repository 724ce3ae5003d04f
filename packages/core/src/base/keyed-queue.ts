import { type Awaitable, isPromiseLike } from "./async.ts";

/** Work on one key happens in the order it was asked for; work on different keys does not wait for each other. */
export class KeyedQueue {
  readonly #tails = new Map<string, Promise<unknown>>();

  run<T>(key: string, work: () => Awaitable<T>): Awaitable<T> {
    const before = this.#tails.get(key);
    const outcome = before === undefined ? work() : before.then(work);
    if (!isPromiseLike(outcome)) return outcome;

    const forget = (): void => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    };
    const tail = outcome.then(forget, forget) as Promise<unknown>; // whoever called handles a failure; the queue goes on
    this.#tails.set(key, tail);
    return outcome;
  }

  /** Whether there is work on the key that is not done yet. */
  isBusy(key: string): boolean {
    return this.#tails.has(key);
  }

  /** The keys with work that is not done yet. */
  keys(): Iterable<string> {
    return this.#tails.keys();
  }

  /** Waits for the work there is now, and not for work that is added while it waits. */
  async settled(): Promise<void> {
    await Promise.all(this.#tails.values());
  }
}
