import { builtInName } from "../../base/realm.ts";
import { SmallSet } from "../../base/small-set.ts";

// Deeper than any real data.
const DEEPEST = 100;

/** The greatest length at which a list is checked for properties that are not enumerable. */
export const SHORT_LIST = 64;

/**
 * Whether the value comes back from JSON unchanged: text, numbers, booleans, null, and arrays and objects of these. No object may
 * occur twice.
 */
export function isPlain(value: unknown, seen: SmallSet<object> = new SmallSet(), depth = 0): boolean {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return true;
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== "object" || depth > DEEPEST || !seen.add(value)) return false;
  return Array.isArray(value) ? isPlainArray(value, seen, depth) : isPlainObject(value, seen, depth);
}

function isPlainArray(value: readonly unknown[], seen: SmallSet<object>, depth: number): boolean {
  if (builtInName(Object.getPrototypeOf(value)) !== "Array" || "toJSON" in value || !hasElementsAlone(value)) return false;
  for (const element of value) {
    if (!isPlain(element, seen, depth + 1)) return false;
  }
  return true;
}

function isPlainObject(value: object, seen: SmallSet<object>, depth: number): boolean {
  const prototype: object | null = Object.getPrototypeOf(value);
  if (prototype === null || builtInName(prototype) !== "Object" || "toJSON" in value || isBoxed(value)) return false;
  const properties: readonly unknown[] = Object.values(value);
  // In two calls, because Reflect.ownKeys makes a set of all keys and takes twice as long.
  const isAll = Object.getOwnPropertyNames(value).length === properties.length && Object.getOwnPropertySymbols(value).length === 0;
  if (!isAll) return false;
  for (const property of properties) {
    if (!isPlain(property, seen, depth + 1)) return false;
  }
  return true;
}

/** Whether an array has neither holes nor extra properties. For a long array, listing all its keys would take too long. */
function hasElementsAlone(value: readonly unknown[]): boolean {
  if (value.length <= SHORT_LIST) return Reflect.ownKeys(value).length === value.length + 1;
  return Object.keys(value).length === value.length && Object.getOwnPropertySymbols(value).length === 0;
}

/** Whether the object is a boxed primitive, which JSON unboxes, whatever its prototype. */
function isBoxed(value: object): boolean {
  return Object.prototype.toString.call(value) !== "[object Object]";
}
