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
  if (value === copy || isDeepStrictEqual(value, copy)) return undefined; // === as well: -0 and 0 will do
  if (!isBare(value) || !isBare(copy)) return `${path} is ${describe(value)} and would come back as ${describe(copy)}`;
  if (seen.has(value)) return undefined;
  seen.add(value);
  const keys = new Set([...Object.keys(value), ...Object.keys(copy)]);
  for (const key of keys) {
    const inner = findDifference(value[key], copy[key], `${path}.${key}`, seen);
    if (inner !== undefined) return inner;
  }
  return Object.getOwnPropertySymbols(value).length === 0 ? undefined : `${path} has a symbol for a key`;
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
