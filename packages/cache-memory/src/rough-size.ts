/** What V8 takes, about, for a field, an object without its fields, and an entry of a Map or Set. */
const POINTER = 8;
const OBJECT = 32;
const SLOT = 40;

/**
 * The bytes that a value takes in memory, roughly, as a whole number: what it holds is counted once, however often it is referred to.
 * Meant for a bound, so it is rather high than low. Closures, private fields and what lies outside the heap are not seen.
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
  if (ArrayBuffer.isView(object)) return OBJECT + object.byteLength;
  if (object instanceof ArrayBuffer || object instanceof SharedArrayBuffer) return OBJECT + object.byteLength;
  if (object instanceof Map) {
    for (const [key, value] of object) pending.push(key, value);
    return OBJECT + object.size * SLOT;
  }
  if (object instanceof Set) {
    for (const value of object) pending.push(value);
    return OBJECT + object.size * SLOT;
  }
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
