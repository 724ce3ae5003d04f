import { itself } from "../base/async.ts";

const A_DAY = 86_400_000;

/**
 * Keeps the process alive while a caller waits, and only then. So a script does not end while it awaits a get. Deadlines and
 * background work do not keep it alive, so a script that is done does not wait for a store that hangs.
 */
export class KeepAlive {
  readonly #timer: NodeJS.Timeout = setInterval(() => {}, A_DAY).unref();
  #waiting = 0;
  #whenIdle: (() => void)[] = [];

  /** Settles as the work does. */
  during<T>(work: Promise<T>): Promise<T> {
    return this.duringThen(work, itself);
  }

  /** Like `during(work).then(pick)` with one promise less, because every miss calls it. */
  duringThen<T, U>(work: Promise<T>, pick: (answer: T) => U): Promise<U> {
    if (this.#waiting++ === 0) this.#timer.ref();
    return work.then(
      (answer) => (this.#over(), pick(answer)),
      (error: unknown) => {
        this.#over();
        throw error;
      },
    );
  }

  /** The same list, with the process kept alive while a caller waits for the next item, and not while it works on one. */
  async *each<T>(list: AsyncIterable<T>): AsyncIterable<T> {
    const items = list[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { done, value } = await this.during(items.next());
        if (done === true) return;
        yield value;
      }
    } finally {
      await items.return?.();
    }
  }

  /** Resolves once no caller waits. */
  async idle(): Promise<void> {
    while (this.#waiting > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  #over(): void {
    if (--this.#waiting > 0) return;
    this.#timer.unref();
    for (const resolve of this.#whenIdle) resolve();
    this.#whenIdle = [];
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
