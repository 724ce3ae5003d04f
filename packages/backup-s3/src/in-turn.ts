import { AsyncResource } from "node:async_hooks";

/** Work that waits. It begins in the async context of its caller, so that traces of its requests are the caller's. */
class Waiting extends AsyncResource {
  readonly work: () => Promise<void>;
  behind: Waiting | undefined;

  constructor(work: () => Promise<void>) {
    super("lastgood.s3.write");
    this.work = work;
  }
}

/**
 * Runs so much work at once, and the rest in the order in which it came. Thousands may wait, so each is one promise, and
 * little beside it: what a garbage collection finds alive, it copies while the event loop stands still.
 */
export class InTurn {
  #free: number;
  #first: Waiting | undefined;
  #last: Waiting | undefined;

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (): Promise<void> => work().then(resolve, reject);
      if (this.#free === 0) return this.#queue(new Waiting(settle));
      this.#free--;
      void this.#begin(settle);
    });
  }

  #queue(waiting: Waiting): void {
    if (this.#last === undefined) this.#first = waiting;
    else this.#last.behind = waiting;
    this.#last = waiting;
  }

  async #begin(work: () => Promise<void>): Promise<void> {
    await work();
    this.#beginNext();
  }

  #beginNext(): void {
    const next = this.#first;
    if (next === undefined) return void this.#free++;
    this.#first = next.behind;
    if (this.#first === undefined) this.#last = undefined;
    next.runInAsyncScope(() => void this.#begin(next.work));
  }
}
