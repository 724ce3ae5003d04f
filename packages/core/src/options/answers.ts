/** Calls the options that are functions. If one throws, its default decides: an option must not break a get during an outage. */

import { isPromiseLike } from "../base/async.ts";
import { messageOf } from "../report/errors.ts";
import { warnOnce } from "../report/warnings.ts";
import { milliseconds } from "../time/duration.ts";
import { GET_DEFAULTS, type GetPolicy } from "./policies.ts";

/** Milliseconds for which a backup that stands in is cached, after so many failed loads in a row. */
export function fallbackTtlOf(policy: GetPolicy, failures: number, error: unknown): number {
  const { fallbackTtl, ttl } = policy;
  // Half of Infinity is Infinity, so the loader would never be called again.
  const half = (ttl === Infinity ? GET_DEFAULTS.ttl : ttl) / 2;
  if (typeof fallbackTtl !== "function") return fallbackTtl ?? half;
  try {
    return milliseconds(answerNow(fallbackTtl(ttl, failures, error)), "what fallbackTtl returns");
  } catch (thrown) {
    warnOnce("LASTGOOD_FALLBACK_TTL", `fallbackTtl failed, so the backup is cached for half the ttl: ${messageOf(thrown)}`);
    return half;
  }
}

/** Whether the caller accepts a backup for this error. If `shouldFallback` fails, the default decides. */
export function mayFallBack({ shouldFallback }: GetPolicy, error: unknown): boolean {
  try {
    return Boolean(answerNow(shouldFallback(error)));
  } catch (thrown) {
    warnOnce("LASTGOOD_SHOULD_FALLBACK", `shouldFallback failed, so its default decides: ${messageOf(thrown)}`);
    return GET_DEFAULTS.shouldFallback(error);
  }
}

/** Throws for a promise, because nobody would wait for it. Its rejection is ignored. */
function answerNow<T>(answer: T): T {
  if (!isPromiseLike(answer)) return answer;
  Promise.resolve(answer).catch(() => {});
  throw new TypeError("it must answer at once; got a promise");
}
