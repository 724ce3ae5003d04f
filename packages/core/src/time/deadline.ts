import { type Awaitable, itself, rethrow } from "../base/async.ts";

/** `setTimeout` fires at once for a longer delay. */
export const LONGEST_TIMER: number = 2 ** 31 - 1;

// A timer that is later than this, in milliseconds, tells that the process was frozen or busy.
const FROZEN = 500;

/** Whether the process was frozen when a timer was due at `due`, by `performance.now()`. Then answers may have come in that are not read yet. */
export function wasFrozen(due: number): boolean {
  return performance.now() > due + FROZEN;
}

/**
 * Like `promise`, but after `ms` it settles with what `onTimeout` returns or throws. A late rejection is ignored.
 * The timer does not keep the process alive: that is for whoever waits.
 *
 * A process that was frozen runs its timers first, before it reads the answers that have come in meanwhile. So the time begins once more.
 *
 * @example
 * const reply = await withDeadline(fetch("https://example.com/"), 1_000, () => {
 *   throw new Error("no answer within 1 s");
 * });
 */
export function withDeadline<T, U>(promise: PromiseLike<T>, ms: number, onTimeout: () => U): Promise<T | U> {
  return endWithin<T, T | U>(promise, ms, { answered: itself, failed: rethrow, timedOut: onTimeout });
}

/** What becomes of an answer, of an error, and of neither in time. */
export interface Ends<T, U> {
  answered(answer: T): Awaitable<U>;
  failed(error: unknown): Awaitable<U>;
  timedOut(): Awaitable<U>;
}

/** Like `withDeadline(promise, ms, ends.timedOut).then(ends.answered, ends.failed)` with two promises less, because every miss calls it. */
export function endWithin<T, U>(promise: PromiseLike<T>, ms: number, ends: Ends<T, U>): Promise<U> {
  return new Promise((resolve, reject) => {
    const end = new End(ends, resolve, reject);
    if (ms <= LONGEST_TIMER) end.within(ms);
    promise.then(
      (answer) => end.answered(answer),
      (error) => end.failed(error),
    );
  });
}

/** Comes once, and what comes later is ignored. */
class End<T, U> {
  // A promise that never settles keeps its reactions for ever. After the time-out they must hold nothing, not even the timer.
  #ends: Ends<T, U> | undefined;
  #resolve: ((end: Awaitable<U>) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(ends: Ends<T, U>, resolve: (end: Awaitable<U>) => void, reject: (error: unknown) => void) {
    this.#ends = ends;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  within(ms: number): void {
    const due = performance.now() + ms;
    this.#timer = setTimeout(() => {
      if (wasFrozen(due)) this.#timer = setTimeout(() => this.#timeOut(), ms).unref();
      else this.#timeOut();
    }, ms).unref();
  }

  answered(answer: T): void {
    clearTimeout(this.#timer);
    this.#settle((ends) => ends.answered(answer));
  }

  failed(error: unknown): void {
    clearTimeout(this.#timer);
    this.#settle((ends) => ends.failed(error));
  }

  #timeOut(): void {
    this.#settle((ends) => ends.timedOut());
  }

  #settle(end: (ends: Ends<T, U>) => Awaitable<U>): void {
    const [ends, resolve, reject] = [this.#ends, this.#resolve, this.#reject];
    this.#ends = this.#resolve = this.#reject = this.#timer = undefined;
    if (ends === undefined) return;
    try {
      resolve?.(end(ends));
    } catch (error) {
      reject?.(error);
    }
  }
}
