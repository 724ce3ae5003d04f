import { parseHttpDate } from "./http-date.ts";
import { type HeaderList, valueOf } from "../wire/headers.ts";

// A source that asks for more has made a mistake, or would be forgotten.
const LONGEST = 86_400_000;

/** Milliseconds for which the source asks not to be asked, a day at most; `undefined` if it does not say. */
export function retryAfter(headers: HeaderList, now: number): number | undefined {
  const field = valueOf(headers, "retry-after")?.trim();
  if (field === undefined) return undefined;
  const wait = /^\d+$/.test(field) ? Number(field) * 1_000 : (parseHttpDate(field, now) ?? NaN) - now;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(0, wait), LONGEST);
}
