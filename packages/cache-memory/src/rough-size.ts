import { types } from "node:util";

// What V8 takes, about.
/** A field of an object or an array. */
const POINTER = 8;
/** An object without its fields. */
const OBJECT = 32;
/** A buffer, Map, Set or Date without its content. */
const BUILT_IN = 200;
/** An entry of a Map or Set. */
const SLOT = 40;

/**
 * The bytes that a value takes in memory, roughly, as a whole number. What it refers to is counted, once; a view counts
 * what it shows of its buffer. Meant for a bound, so it is rather high than low: once to twice what the heap grows by.
 * Closures and private fields are not seen.
 */
export function roughSize(value: unknown): number {
  const seen = new Set<object>();
  // A list instead of recursion: a value that is nested deeply must not overflow the stack.
  const pending: unknown[] = [value];
  let size = 0;
  while (pending.length > 0) {
    const next = pending.pop();
    if (typeof next === "object" && next !== null) {
      if (seen.has(next)) continue;
      seen.add(next);
      size += sizeOfObject(next, pending);
    } else {
      size += sizeOfPrimitive(next);
    }
  }
  return size;
}

/** The object by itself; what it holds goes to `pending`. */
function sizeOfObject(object: object, pending: unknown[]): number {
  if (ArrayBuffer.isView(object) || types.isAnyArrayBuffer(object)) {
    return BUILT_IN + object.byteLength;
  }
  if (types.isMap(object)) {
    for (const [key, value] of object) pending.push(key, value);
    return BUILT_IN + object.size * SLOT;
  }
  if (types.isSet(object)) {
    for (const value of object) pending.push(value);
    return BUILT_IN + object.size * SLOT;
  }
  if (types.isDate(object)) return BUILT_IN;
  const fields: unknown[] = Object.values(object);
  for (const field of fields) pending.push(field);
  return OBJECT + fields.length * POINTER;
}

function sizeOfPrimitive(value: unknown): number {
  // Two bytes for each character: text that is all Latin takes one, but there is no telling.
  if (typeof value === "string") return OBJECT + value.length * 2;
  if (typeof value === "bigint") return OBJECT + Math.ceil(value.toString(16).length / 2);
  // A small whole number is in the field that holds it, and counted there; another one is not, and there is no telling.
  return typeof value === "number" ? POINTER : 0;
}
