import { builtInName } from "../../base/realm.ts";

// Deeper than any data is.
const DEEPEST = 100;

/**
 * Whether JSON carries the value there and back as it is: text, numbers, truth values, null, and arrays and objects of such,
 * each of them in one place only.
 */
export function isPlain(value: unknown, seen: Set<object> = new Set(), depth = 0): boolean {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return true;
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== "object" || depth > DEEPEST || seen.has(value)) return false;
  seen.add(value);
  return Array.isArray(value) ? isPlainArray(value, seen, depth) : isPlainObject(value, seen, depth);
}

/** A hole is `undefined`, and a property beside the elements is one key too many. */
function isPlainArray(value: readonly unknown[], seen: Set<object>, depth: number): boolean {
  if (builtInName(Object.getPrototypeOf(value)) !== "Array" || Object.keys(value).length !== value.length) return false;
  for (const element of value) {
    if (!isPlain(element, seen, depth + 1)) return false;
  }
  return true;
}

function isPlainObject(value: object, seen: Set<object>, depth: number): boolean {
  const prototype: object | null = Object.getPrototypeOf(value);
  if (prototype === null || builtInName(prototype) !== "Object" || "toJSON" in value) return false;
  for (const property of Object.values(value) as readonly unknown[]) {
    if (!isPlain(property, seen, depth + 1)) return false;
  }
  return true;
}
