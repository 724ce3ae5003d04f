/** How a call ended. */
export type Outcome<Result> = { readonly answered: true; readonly result: Result } | { readonly answered: false };

/** Makes a call that may fail, by throwing or by rejecting. */
export async function attempt<Result>(call: () => Result): Promise<Outcome<Awaited<Result>>> {
  try {
    return { answered: true, result: await call() };
  } catch {
    return { answered: false };
  }
}

/** Makes calls in parallel. Resolves with their results, in order, once all have succeeded. */
export function atOnce<Result>(count: number, call: (index: number) => Result): Promise<Awaited<Result>[]> {
  // `async`, so that a call that throws synchronously does not prevent the others.
  return Promise.all(Array.from({ length: count }, async (_, index) => await call(index)));
}

/** Repeats `probe` while `work` is under way. Rejects if either fails. */
export async function meanwhile(work: Promise<unknown>, probe: () => Promise<unknown>): Promise<void> {
  let over = false;
  const ended = work.finally(() => {
    over = true;
  });
  const probing = async () => {
    while (!over) {
      for (let round = 0; round < 5; round++) await probe();
      // Lets the work continue even if the store answers synchronously.
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await Promise.all([ended, probing(), probing()]);
}

/**
 * Waits for timers that overflowed. A timer of more than 2^31 ms (24.8 days) fires after 1 ms, and this one, started later
 * and equally short, fires after it.
 */
export function overflownTimers(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

/** Functions that make signals: aborted before a call, right after it, and while it is under way. */
export const ABORTED: readonly (() => AbortSignal)[] = [
  () => AbortSignal.abort(),
  () => abortedBy(queueMicrotask),
  () => abortedBy(setImmediate),
];

function abortedBy(schedule: (abort: () => void) => unknown): AbortSignal {
  const controller = new AbortController();
  schedule(() => controller.abort());
  return controller.signal;
}
