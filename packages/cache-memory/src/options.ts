import { type OptionChecks, optionChecks } from "@lastgood/core/adapter";

/** The options of `memoryCache`. */
export interface MemoryCacheOptions {
  /**
   * The most values that are stored. Beyond that, the least recently used one is evicted. A whole number from 1 to 16,777,216.
   * @default 10_000
   */
  readonly maxEntries?: number | undefined;
  /**
   * The most bytes that all values together may take, by `sizeOf`. A value that is larger by itself is not stored.
   * @default no limit
   */
  readonly maxBytes?: number | undefined;
  /**
   * Returns the size of a loaded value in bytes. Called once for each value, when it is set. Allowed only with `maxBytes`.
   * @default an estimate, which walks through every value
   */
  readonly sizeOf?: SizeOf | undefined;
}

/** Returns the bytes that a value takes. */
export type SizeOf = (value: unknown, id: string) => number;

export interface Settings {
  readonly maxEntries: number;
  readonly maxBytes: number | undefined;
  readonly sizeOf: SizeOf | undefined;
}

/** The most entries of a `Map` in V8. */
const MOST_ENTRIES = 2 ** 24;

export const check: OptionChecks = optionChecks("memoryCache");

export function settingsFrom(options: unknown): Settings {
  const { maxEntries = 10_000, maxBytes, sizeOf } = check.options(options, ["maxEntries", "maxBytes", "sizeOf"]);
  return {
    maxEntries: check.wholeNumber("maxEntries", maxEntries, 1, MOST_ENTRIES),
    maxBytes: maxBytes === undefined ? undefined : check.wholeNumber("maxBytes", maxBytes, 1),
    sizeOf: sizeOf === undefined ? undefined : checkedSizeOf(sizeOf, maxBytes),
  };
}

function checkedSizeOf(sizeOf: unknown, maxBytes: unknown): SizeOf {
  if (typeof sizeOf !== "function") throw check.wrongType("sizeOf", "a function", sizeOf);
  if (maxBytes === undefined) throw check.wrongType("maxBytes", "set where sizeOf is", maxBytes);
  return sizeOf as SizeOf; // its result is checked at every call
}
