import { isDeepStrictEqual } from "node:util";

/**
 * Throws a `TypeError` unless `copy`, which went through a codec, is equal to `value`.
 *
 * A serialiser turns an object of a class into a plain one in silence, and a URL into `{}`. A page that is rendered from
 * such a copy breaks in the middle of an outage; better to be told so on the first good day.
 */
export function assertFaithful(value: unknown, copy: unknown): void {
  if (isDeepStrictEqual(value, copy)) return;
  const difference = findDifference(value, copy, "value", new Set());
  if (difference === undefined) return;
  throw new TypeError(`${difference}. Return plain data from the loader, or pass a codec that knows the type`);
}

/**
 * The first place that differs, in words; `undefined` where all differences are harmless: an object without a prototype
 * (GraphQL results, parsed query strings) may come back with one, and a property that is `undefined` may be missing.
 */
function findDifference(value: unknown, copy: unknown, path: string, seen: Set<object>): string | undefined {
  if (value === copy || isDeepStrictEqual(value, copy) || areInvalidDates(value, copy)) return undefined;
  const parts = pairedParts(value, copy, path);
  if (parts === undefined) return `${path} is ${describe(value)} and would come back as ${describe(copy)}`;
  if (isSeen(value, seen)) return undefined;
  for (const [inner, innerCopy, place] of parts) {
    const difference = findDifference(inner, innerCopy, place, seen);
    if (difference !== undefined) return difference;
  }
  return hasSymbolKeys(value) ? `${path} has a symbol for a key` : undefined;
}

type Pair = readonly [value: unknown, copy: unknown, place: string];

/** What two values of the same make consist of, side by side; `undefined` if they are not of the same make, or have no parts. */
function pairedParts(value: unknown, copy: unknown, path: string): readonly Pair[] | undefined {
  if (isBare(value) && isBare(copy)) {
    const keys = new Set([...Object.keys(value), ...Object.keys(copy)]);
    return Array.from(keys, (key) => [value[key], copy[key], `${path}.${key}`]);
  }
  if (!(value instanceof Map && copy instanceof Map) && !(value instanceof Set && copy instanceof Set)) return undefined;
  if (value.size !== copy.size || Object.getPrototypeOf(value) !== Object.getPrototypeOf(copy)) return undefined;
  const copies = [...copy]; // a serialiser keeps their order
  return Array.from(value, (part: unknown, index) => [part, copies[index], `${path}[${index}]`]);
}

/** Two Dates that are none: to some versions of Node they differ. */
function areInvalidDates(value: unknown, copy: unknown): boolean {
  return value instanceof Date && copy instanceof Date && Number.isNaN(value.getTime()) && Number.isNaN(copy.getTime());
}

function isSeen(value: unknown, seen: Set<object>): boolean {
  if (typeof value !== "object" || value === null || seen.has(value)) return true;
  seen.add(value);
  return false;
}

function hasSymbolKeys(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.getOwnPropertySymbols(value).length > 0;
}

/** Arrays and objects that are nothing but their properties. */
function isBare(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Array.isArray(value);
}

function describe(value: unknown): string {
  if (typeof value !== "object" || value === null) return value === null ? "null" : `of type ${typeof value}`;
  const prototype: unknown = Object.getPrototypeOf(value);
  const maker = typeof prototype === "object" && prototype !== null ? prototype.constructor : undefined;
  return maker === undefined ? "an object" : `an object of class ${maker.name || "(anonymous)"}`;
}
