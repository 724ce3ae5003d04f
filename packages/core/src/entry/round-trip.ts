import { util } from "../base/builtins.ts";

/** Two values side by side, and where in the whole they are. */
interface Pair {
  readonly value: unknown;
  readonly copy: unknown;
  /** The last step of the way there, such as `.users` or `[0]`. */
  readonly step: string;
  readonly within: Pair | undefined;
}

/**
 * Throws a `TypeError` unless `copy`, which went through a codec, is equal to `value`.
 *
 * A serialiser turns an object of a class into a plain one in silence, and a URL into `{}`. A page that is rendered from
 * such a copy breaks in the middle of an outage; better to be told so on the first good day.
 *
 * Two differences are harmless: an object without a prototype (GraphQL results, parsed query strings) may come back with
 * one, and a property that is `undefined` may be missing.
 */
export function assertRoundTrips(value: unknown, copy: unknown): void {
  const difference = findDifference({ value, copy, step: "value", within: undefined });
  if (difference === undefined) return;
  throw new TypeError(`${difference}. Return plain data from the loader, or pass a codec that knows the type`);
}

/**
 * A loop over what is still to be compared, and no recursion: how deep a value may be nested, and what is equal, must not
 * depend on the version of Node. Since 22 `isDeepStrictEqual` overflows at a thousand levels, and is blind to a prototype
 * that inherits its `constructor`.
 */
function findDifference(whole: Pair): string | undefined {
  const todo = [whole];
  const seen = new Set<unknown>();
  for (let pair = todo.pop(); pair !== undefined; pair = todo.pop()) {
    const { value, copy } = pair;
    if (areSame(value, copy) || seen.has(value)) continue;
    if (isObject(value)) seen.add(value);
    const parts = partsOf(pair);
    if (parts === undefined && !areEqual(value, copy)) return `${placeOf(pair)} is ${describe(value)} and would come back as ${describe(copy)}`;
    if (hasSymbolKeys(value)) return `${placeOf(pair)} has a symbol for a key`;
    for (const part of parts ?? []) todo.push(part);
  }
  return undefined;
}

/** What the two consist of, where that is not the same; `undefined` if they are not of the same make, or have no parts. */
function partsOf(pair: Pair): Pair[] | undefined {
  const { value, copy } = pair;
  if (areEqualLists(value, copy)) return [];
  if (isBare(value) && isBare(copy)) return lengthOf(value) === lengthOf(copy) ? propertiesOf(value, copy, pair) : undefined;
  if (!(value instanceof Map && copy instanceof Map) && !(value instanceof Set && copy instanceof Set)) return undefined;
  if (value.size !== copy.size || Object.getPrototypeOf(value) !== Object.getPrototypeOf(copy)) return undefined;
  const copies = [...copy]; // a serialiser keeps their order
  return Array.from(value, (part: unknown, index) => ({ value: part, copy: copies[index], step: `[${index}]`, within: pair }));
}

function propertiesOf(value: Record<string, unknown>, copy: Record<string, unknown>, within: Pair): Pair[] {
  const parts: Pair[] = [];
  const compare = (key: string): void => {
    if (!areSame(value[key], copy[key])) parts.push({ value: value[key], copy: copy[key], step: `.${key}`, within });
  };
  const keys = Object.keys(value);
  for (const key of keys) compare(key);
  // Nearly always they are the same, in the same order.
  for (const [index, key] of Object.keys(copy).entries()) if (key !== keys[index] && !Object.hasOwn(value, key)) compare(key);
  return parts;
}

/** A list without objects has neither depth nor prototypes, and to list its keys would take ten times as long. */
function areEqualLists(value: unknown, copy: unknown): boolean {
  return Array.isArray(value) && !value.some(isObject) && util().isDeepStrictEqual(value, copy);
}

/** Numbers that differ by the sign of their zero alone are the same to JSON. */
function areSame(value: unknown, copy: unknown): boolean {
  return value === copy || Object.is(value, copy);
}

/** Of what has no parts to be compared one by one. */
function areEqual(value: unknown, copy: unknown): boolean {
  if (!isObject(value) || !isObject(copy) || Object.getPrototypeOf(value) !== Object.getPrototypeOf(copy)) return false;
  return util().isDeepStrictEqual(value, copy) || areInvalidDates(value, copy);
}

/** Two Dates that are none: to some versions of Node they differ. */
function areInvalidDates(value: object, copy: object): boolean {
  return value instanceof Date && copy instanceof Date && Number.isNaN(value.getTime()) && Number.isNaN(copy.getTime());
}

function hasSymbolKeys(value: unknown): boolean {
  return isObject(value) && Object.getOwnPropertySymbols(value).some((symbol) => Object.prototype.propertyIsEnumerable.call(value, symbol));
}

/** Arrays and objects that are nothing but their properties. */
function isBare(value: unknown): value is Record<string, unknown> {
  if (!isObject(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Array.isArray(value);
}

function lengthOf(value: object): number | undefined {
  return Array.isArray(value) ? value.length : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function placeOf({ step, within }: Pair): string {
  let place = step;
  for (let pair = within; pair !== undefined; pair = pair.within) place = pair.step + place;
  return place;
}

function describe(value: unknown): string {
  if (!isObject(value)) return value === null ? "null" : `of type ${typeof value}`;
  const prototype: unknown = Object.getPrototypeOf(value);
  const maker = isObject(prototype) ? prototype.constructor : undefined;
  return maker === undefined ? "an object" : `an object of class ${maker.name || "(anonymous)"}`;
}
