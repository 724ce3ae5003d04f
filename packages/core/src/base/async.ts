/** A value, or a promise of it. */
export type Awaitable<T> = T | PromiseLike<T>;

/** Whether this is a promise, of any realm and any library. */
export function isPromiseLike<T>(value: Awaitable<T>): value is PromiseLike<T> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

/** Like `work().then(answered, failed)`, but synchronous when `work` is, which saves a promise. */
export function mapAwaitable<T, U>(work: () => Awaitable<T>, answered: (answer: T) => Awaitable<U>, failed: (error: unknown) => Awaitable<U>): Awaitable<U> {
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
