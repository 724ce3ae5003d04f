import { type OptionChecks, optionChecks } from "@lastgood/core/adapter";

export interface MemoryCacheOptions {
  /**
   * How many values are kept; beyond that, the one unused for longest goes. A whole number from 1 to 16,777,216.
   * @default 10_000
   */
  readonly maxEntries?: number | undefined;
  /**
   * How many bytes all values together may take, as `sizeOf` has it. A value that is larger by itself is not kept.
   * @default no bound: values are counted, not measured
   */
  readonly maxBytes?: number | undefined;
  /**
   * How many bytes a value takes: the value that was loaded, not what surrounds it here. Called once for each value, when
   * it is set. For `maxBytes` alone.
   * @default an estimate, for which every value is walked through
   */
  readonly sizeOf?: SizeOf | undefined;
}

export type SizeOf = (value: unknown, id: string) => number;

export interface Settings {
  readonly maxEntries: number;
  readonly maxBytes: number | undefined;
  readonly sizeOf: SizeOf | undefined;
}

/** What a `Map` of V8 holds at most. */
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
  return sizeOf as SizeOf; // What it returns is checked at every call.
}
