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

export function settingsFrom(options: MemoryCacheOptions): Settings {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`options must be an object, not ${shown(options)}: leave it out for the defaults`);
  }
  const { maxEntries = 10_000, maxBytes, sizeOf } = options;
  checkWhole("maxEntries", maxEntries, MOST_ENTRIES, "leave it out for 10,000");
  if (maxBytes !== undefined) checkWhole("maxBytes", maxBytes, Number.MAX_SAFE_INTEGER, "leave it out for no bound");
  if (sizeOf !== undefined && typeof sizeOf !== "function") {
    throw new TypeError(`sizeOf must be a function, not ${shown(sizeOf)}: leave it out for an estimate`);
  }
  if (sizeOf !== undefined && maxBytes === undefined) {
    throw new TypeError("sizeOf is for maxBytes, which is not set: set maxBytes, or leave sizeOf out");
  }
  return { maxEntries, maxBytes, sizeOf };
}

function checkWhole(name: string, value: unknown, most: number, advice: string): void {
  if (typeof value !== "number") throw new TypeError(`${name} must be a number, not ${shown(value)}: ${advice}`);
  if (!Number.isSafeInteger(value) || value < 1 || value > most) {
    throw new RangeError(`${name} must be a whole number from 1 to ${most}, not ${value}: ${advice}`);
  }
}

export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  return value === null || value === undefined ? String(value) : `a value of type ${typeof value}`;
}
