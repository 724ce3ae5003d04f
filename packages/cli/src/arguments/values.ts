// Each function reads the text of one option, and returns `undefined` for a text that it cannot read.

import { parseDuration } from "@lastgood/core";
import { RE2JS } from "re2js";

/** Milliseconds. */
export function readDuration(text: string): number | undefined {
  if (text === "0") return 0;
  try {
    return parseDuration(text);
  } catch {
    return undefined;
  }
}

const BYTES = new Map([
  ["", 1],
  ["k", 2 ** 10],
  ["M", 2 ** 20],
  ["G", 2 ** 30],
]);

export function readSize(text: string): number | undefined {
  const [, amount, unit = ""] = /^([1-9]\d*)([kMG]?)$/.exec(text) ?? [];
  const factor = BYTES.get(unit);
  return amount === undefined || factor === undefined ? undefined : Number(amount) * factor;
}

export function readExitCode(text: string): number | undefined {
  return /^\d{1,3}$/.test(text) && Number(text) <= 255 ? Number(text) : undefined;
}

export function readExitCodes(text: string): ReadonlySet<number> | undefined {
  const codes = text.split(",").map(readExitCode);
  return codes.every((code) => code !== undefined) ? new Set(codes) : undefined;
}

/** From 0 to 999. */
export function readCount(text: string): number | undefined {
  return /^\d{1,3}$/.test(text) ? Number(text) : undefined;
}

export function readStatuses(text: string): readonly number[] | undefined {
  const statuses = text.split(",").map((status) => (/^[2-5]\d\d$/.test(status) ? Number(status) : undefined));
  return statuses.every((status) => status !== undefined) ? statuses : undefined;
}

/** A compiled `--match`. */
export interface Pattern {
  test(text: string): boolean;
}

/**
 * A regular expression of RE2, which takes linear time for every pattern because it does not backtrack. Neither
 * --timeout nor a signal could stop an engine that backtracks.
 */
export function readPattern(text: string): Pattern | undefined {
  try {
    const pattern = RE2JS.compile(RE2JS.translateRegExp(text), RE2JS.DOTALL);
    return { test: (subject) => pattern.test(subject) };
  } catch {
    return undefined;
  }
}
