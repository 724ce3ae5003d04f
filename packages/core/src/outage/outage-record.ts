import { isObject } from "../base/foreign.ts";
import { isBelievable } from "../entry/entry.ts";
import { type ToldError, toldError } from "../report/told-error.ts";

/** A key that is served from its backup, as other processes see it. Times are epoch milliseconds. */
export interface OutageRecord {
  readonly key: string;
  /** When the first load of the outage failed. */
  readonly since: number;
  /** When the last load failed. */
  readonly at: number;
  /** How many loads in a row failed. */
  readonly failures: number;
  /** The error of the last load with its causes, without stacks. */
  readonly error: ToldError;
}

/** The outage that another process has recorded; `undefined` if its content cannot be true. */
export function believedOutage(key: unknown, recorded: unknown, now: number): OutageRecord | undefined {
  if (typeof key !== "string" || !isObject(recorded)) return undefined;
  const { since, at, failures, error } = recorded as Partial<Record<string, unknown>>; // each is checked right below
  if (!isTime(since, now) || !isTime(at, now) || !isCount(failures) || !isObject(error)) return undefined;
  return { key, since, at, failures, error: toldError(error) };
}

function isTime(value: unknown, now: number): value is number {
  return typeof value === "number" && isBelievable(value, now);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}
