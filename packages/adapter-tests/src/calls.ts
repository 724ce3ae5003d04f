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

/** Makes calls that are all under way at the same time, and answers in their order once all of them have succeeded. */
export function atOnce<Result>(count: number, call: (index: number) => Result): Promise<Awaited<Result>[]> {
  // `async`: a call that throws at once must not keep the others from being made.
  return Promise.all(Array.from({ length: count }, async (_, index) => await call(index)));
}

/** Does `probe` over and over while `work` is under way, and fails if either does. */
export async function meanwhile(work: Promise<unknown>, probe: () => Promise<unknown>): Promise<void> {
  let over = false;
  const ended = work.finally(() => {
    over = true;
  });
  const probing = async () => {
    while (!over) {
      for (let round = 0; round < 5; round++) await probe();
      // A store that answers at once would keep the work from getting any further.
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await Promise.all([ended, probing(), probing()]);
}

/**
 * Waits for timers that overflowed. One of more than 2^31 ms (24.8 days) fires after 1 ms; this one, started later and
 * as short, fires after it.
 */
export function overflownTimers(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

/** Make signals that are aborted before the call that is given them, right after it, and while it is on its way. */
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
