import { type Awaitable, isPromiseLike } from "../base/async.ts";

export function both(one: Awaitable<void>, other: Awaitable<void>): Awaitable<void> {
  if (!isPromiseLike(one)) return other;
  return isPromiseLike(other) ? Promise.all([one, other]).then(() => undefined) : one;
}

/** Waits for all of it, and then throws the first failure. */
export async function settledOrThrow(works: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(works)).find((outcome) => outcome.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
