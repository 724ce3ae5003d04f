import { isObject } from "../base/foreign.ts";
import { isBelievable } from "../entry/entry.ts";
import { type ToldError, toldError } from "../report/told-error.ts";

/** A key that is served from its backup, as any process sees it. Times are epoch milliseconds. */
export interface OutageRecord {
  readonly key: string;
  /** When the first load failed that has not been made good since. */
  readonly since: number;
  /** When the last one failed. */
  readonly at: number;
  /** Failed loads in a row. */
  readonly failures: number;
  /** What the last one failed with, and why, without stacks. */
  readonly error: ToldError;
}

/** The outage that another process has recorded; `undefined` where what is said of it cannot be true. */
export function believedOutage(key: unknown, recorded: unknown, now: number): OutageRecord | undefined {
  if (typeof key !== "string" || !isObject(recorded)) return undefined;
  const { since, at, failures, error } = recorded as Partial<Record<string, unknown>>; // each is looked at right below
  if (!isTime(since, now) || !isTime(at, now) || !isCount(failures) || !isObject(error)) return undefined;
  return { key, since, at, failures, error: toldError(error) };
}

function isTime(value: unknown, now: number): value is number {
  return typeof value === "number" && isBelievable(value, now);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}
