import { attempt } from "../base/async.ts";

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
  return new Promise<T | U>((resolve, reject) => {
    awaitWithin(promise, ms, { answered: resolve, failed: reject, timedOut: () => void attempt(onTimeout, resolve, reject) });
  });
}

/** What becomes of an answer, of an error, and of neither in time. */
export interface Ends<T> {
  answered(answer: T): void;
  failed(error: unknown): void;
  timedOut(): void;
}

// Taken at load time, to notice fake timers: a test may move their time before this turn is over.
const { setTimeout: ownSetTimeout } = globalThis;
const soon = Promise.resolve();

/**
 * Calls one of `ends`, once. Like `withDeadline` without its promise, because every miss calls it. An answer that is there already comes before
 * there is a timer.
 */
export function awaitWithin<T>(promise: PromiseLike<T>, ms: number, ends: Ends<T>): void {
  const wait = new Wait(ends);
  promise.then(
    (answer) => wait.over()?.answered(answer),
    (error) => wait.over()?.failed(error),
  );
  if (ms > LONGEST_TIMER) return;
  if (setTimeout === ownSetTimeout) void soon.then(() => wait.noLongerThan(ms));
  else wait.noLongerThan(ms);
}

class Wait<T> {
  // A promise that never settles keeps its reactions for ever. After the time-out they must hold nothing, not even the timer.
  #ends: Ends<T> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(ends: Ends<T>) {
    this.#ends = ends;
  }

  noLongerThan(ms: number): void {
    if (this.#ends === undefined) return;
    const due = performance.now() + ms;
    this.#timer = setTimeout(() => {
      if (wasFrozen(due)) this.#timer = setTimeout(() => this.#timeOut(), ms).unref();
      else this.#timeOut();
    }, ms).unref();
  }

  /** What is to be called; `undefined` if that was done. */
  over(): Ends<T> | undefined {
    const ends = this.#ends;
    this.#ends = undefined;
    if (this.#timer === undefined) return ends;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return ends;
  }

  #timeOut(): void {
    this.over()?.timedOut();
  }
}
