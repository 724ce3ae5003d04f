/** A value, or a promise of it. */
export type Awaitable<T> = T | PromiseLike<T>;

/** `setTimeout` fires at once for a longer delay. */
export const LONGEST_TIMER: number = 2 ** 31 - 1;

/** Whether this is a promise, of any realm and any library. */
export function isPromiseLike<T>(value: Awaitable<T>): value is PromiseLike<T> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

/** Like `work().then(answered, failed)`, but synchronous when `work` is, which saves a promise. */
export function mapAwaitable<T, U>(work: () => Awaitable<T>, answered: (answer: T) => U, failed: (error: unknown) => U): Awaitable<U> {
  let answer: Awaitable<T>;
  try {
    answer = work();
  } catch (error) {
    return failed(error);
  }
  return isPromiseLike(answer) ? answer.then(answered, failed) : answered(answer);
}

/** Like `mapAwaitable` for work that answers at once. */
export function attempt<T, U>(work: () => T, done: (answer: T) => U, failed: (error: unknown) => U): U {
  let answer: T;
  try {
    answer = work();
  } catch (error) {
    return failed(error);
  }
  return done(answer);
}

/** Passes an answer on as it is. */
export function itself<T>(answer: T): T {
  return answer;
}

/** Passes an error on as it is. */
export function rethrow(error: unknown): never {
  throw error;
}

/** Starts at once. An error that the work throws is a rejection too. */
export async function started<T>(work: () => Awaitable<T>): Promise<T> {
  return work();
}

/** Ignores an answer or an error. */
export function nothing(): undefined {}

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
  if (ms > LONGEST_TIMER) return Promise.resolve(promise);
  return new Promise<T | U>((resolve, reject) => {
    // A promise that never settles keeps its reactions for ever. After the time-out they must hold nothing, not even the timer.
    let waiting: Waiting<T | U> | undefined = { resolve, reject, timer: undefined };
    const timeOut = (): void => {
      const late = waiting;
      waiting = undefined;
      try {
        late?.resolve(onTimeout());
      } catch (error) {
        late?.reject(error);
      }
    };
    const due = performance.now() + ms;
    waiting.timer = setTimeout(() => {
      if (waiting !== undefined && wasFrozen(due)) waiting.timer = setTimeout(timeOut, ms).unref();
      else timeOut();
    }, ms).unref();
    promise.then(
      (value) => (clearTimeout(waiting?.timer), waiting?.resolve(value)),
      (error) => (clearTimeout(waiting?.timer), waiting?.reject(error)),
    );
  });
}

interface Waiting<T> {
  timer: NodeJS.Timeout | undefined;
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** Like `promise`, but rejects with the signal's reason once it is aborted. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
    const settled = (): void => signal.removeEventListener("abort", abort);
    promise.then(
      (value) => (settled(), resolve(value)),
      (error) => (settled(), reject(error)),
    );
  });
}
