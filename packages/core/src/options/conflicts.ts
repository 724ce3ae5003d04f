import { warnOnce } from "../report/warnings.ts";

/** In milliseconds. */
interface Times {
  readonly ttl: number;
  readonly maxStale: number;
  readonly softTimeout: number | undefined;
  readonly timeout: number;
}

/** Warns once if options that are valid one by one make no sense together. */
export function warnOfConflicts(cullTime: number, { ttl, maxStale, softTimeout, timeout }: Times): void {
  if (ttl !== Infinity && cullTime < 2 * ttl) {
    warnOnce("LASTGOOD_CULL_TIME", `cullTime (${cullTime} ms) is under twice the ttl (${ttl} ms): backups in use may be culled`);
  }
  if (ttl !== Infinity && maxStale > 0 && maxStale < ttl) {
    warnOnce("LASTGOOD_MAX_STALE", `maxStale (${maxStale} ms) is under the ttl (${ttl} ms): when a value expires, its backup is too old to stand in`);
  }
  if (softTimeout !== undefined && softTimeout >= timeout) {
    warnOnce("LASTGOOD_SOFT_TIMEOUT", `softTimeout (${softTimeout} ms) is not under timeout (${timeout} ms), and does nothing`);
  }
}
