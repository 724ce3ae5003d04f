import { types } from "node:util";

// Approximate sizes in V8.
/** A field of an object or an array. */
const POINTER = 8;
/** An object without its fields. */
const OBJECT = 32;
/** A buffer, Map, Set or Date without its content. */
const BUILT_IN = 200;
/** An entry of a Map or Set. */
const SLOT = 40;

/**
 * Roughly the bytes that a value takes in memory, as a whole number. Everything that it refers to is counted once. A view
 * counts only its own part of the buffer. The estimate serves as a bound, so it is high: between once and twice what the
 * heap grows by. Closures and private fields are not counted.
 */
export function roughSize(value: unknown): number {
  const seen = new Set<object>();
  // A list instead of recursion, so that a deeply nested value does not overflow the stack.
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

/** The size of the object itself. Its content is added to `pending`. */
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
  // Two bytes for each character. Latin text takes one, but JavaScript cannot tell which text is stored that way.
  if (typeof value === "string") return OBJECT + value.length * 2;
  if (typeof value === "bigint") return OBJECT + Math.ceil(value.toString(16).length / 2);
  // V8 stores a small integer in the field itself and any other number outside. JavaScript cannot tell which.
  return typeof value === "number" ? POINTER : 0;
}
