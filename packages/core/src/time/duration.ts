import { mustBe } from "../base/shown.ts";

/** The units of a duration: milliseconds, seconds, minutes, hours, days and weeks. */
type DurationUnit = "ms" | "s" | "m" | "h" | "d" | "w";

/**
 * Milliseconds, or a number with a unit: `"250ms"`, `"90s"`, `"5m"`, `"1.5h"`, `"30 d"`, `"2w"`. `"5 minuts"` does not compile.
 *
 * For a `string` that comes from configuration, `parseDuration` checks it when the program runs. An object of options that is declared
 * before it is used needs `as const` or `satisfies GetOptions`; otherwise TypeScript makes a `string` of its `"5m"`.
 */
export type Duration = number | `${number}${"" | " "}${DurationUnit}`;

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

const PATTERN = /^(\d+(?:\.\d+)?)\s?(ms|s|m|h|d|w)$/;

/**
 * Converts a duration to milliseconds, as every option of lastgood does. A number is already in milliseconds.
 * This is the way for a `string` from configuration, which the type `Duration` does not accept unchecked.
 *
 * @param duration A value of any type, so that user input needs no check before.
 * @param name The name of the duration in errors.
 * @throws TypeError if `duration` is neither a number nor a string; RangeError if it is NaN, or a string that is not a duration
 * @example
 * ```ts
 * import { parseDuration } from "@lastgood/core";
 *
 * parseDuration("1.5h"); // 5_400_000
 * parseDuration(process.env.POLL_EVERY ?? "30s", "POLL_EVERY");
 * ```
 */
export function parseDuration(duration: unknown, name = "duration"): number {
  return milliseconds(duration, name);
}

/** Converts `duration` to milliseconds. Throws a `TypeError` or `RangeError` that begins with `name`, such as "get: ttl". */
export function milliseconds(duration: unknown, name: string): number {
  if (typeof duration === "number" && !Number.isNaN(duration)) return duration;
  if (typeof duration === "string") return parse(duration, name);
  const kind = typeof duration === "number" ? RangeError : TypeError;
  throw new kind(mustBe(name, 'a number of milliseconds or a duration such as "5m"', duration));
}

function parse(text: string, name: string): number {
  const [, amount, unit] = PATTERN.exec(text) ?? [];
  const factor = unit === undefined ? undefined : UNITS[unit];
  if (amount === undefined || factor === undefined) throw new RangeError(mustBe(name, 'a number with a unit (ms, s, m, h, d or w), such as "5m"', text));
  return Number(amount) * factor;
}
