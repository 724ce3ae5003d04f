import { asBuffer, ownBytes } from "../../base/bytes.ts";
import { isObject } from "../../base/foreign.ts";
import { kindOf, viewName } from "../kinds.ts";

/**
 * Converts a result of `v8.deserialize` to a value of this realm that shares no memory with any other.
 *
 * Node deserialises into its own realm, so `instanceof Date` would be false in a test under Jest. Also, its typed arrays are views of
 * the record, or of a pool with the values of other keys.
 */
export function revive(root: unknown): unknown {
  if (!isObject(root)) return root;
  const made = new Map<object, object>();
  const todo: object[] = [];
  const ownOf = (part: unknown): unknown => {
    if (!isObject(part)) return part;
    const known = made.get(part);
    if (known !== undefined) return known;
    const own = emptyOwn(part);
    made.set(part, own);
    todo.push(part);
    return own;
  };
  const whole = ownOf(root);
  for (let part = todo.pop(); part !== undefined; part = todo.pop()) fill(made.get(part) ?? part, part, ownOf);
  return whole;
}

/** The object itself if it is of this realm. Else an empty object of the same kind in this realm. */
function emptyOwn(part: object): object {
  const kind = kindOf(part);
  if (kind === "View") return ownView(part as ArrayBufferView); // of that kind
  const prototype: unknown = Object.getPrototypeOf(part);
  switch (kind) {
    case "Array":
      return prototype === Array.prototype ? part : Object.assign([], { length: Reflect.get(part, "length") as unknown });
    case "Map":
      return prototype === Map.prototype ? part : new Map();
    case "Set":
      return prototype === Set.prototype ? part : new Set();
    case "Date":
      return prototype === Date.prototype ? part : new Date(Date.prototype.getTime.call(part));
    case "RegExp":
      return prototype === RegExp.prototype ? part : ownRegExp(part as RegExp); // of that kind
    case "Error":
      return ownError(part, prototype);
    case "ArrayBuffer":
      return prototype === ArrayBuffer.prototype ? part : ownBuffer(part as ArrayBuffer); // of that kind
    case "Boxed":
      return Object(part.valueOf()) as object;
    default:
      return prototype === Object.prototype ? part : {};
  }
}

function fill(own: object, part: object, ownOf: (part: unknown) => unknown): void {
  if (own instanceof Map) return fillMap(own, Array.from(Map.prototype.entries.call(part)), ownOf);
  if (own instanceof Set) return fillSet(own, Array.from(Set.prototype.values.call(part)), ownOf);
  if (ArrayBuffer.isView(own) || kindOf(part) === "Boxed") return; // already complete
  const names = kindOf(part) === "Error" ? Object.getOwnPropertyNames(part) : Object.keys(part);
  for (const name of names) {
    const there: unknown = Reflect.get(part, name);
    const mine = ownOf(there);
    if (own === part && mine === there) continue;
    // Defined, because an assignment to "__proto__" would create no property.
    const descriptor = Object.getOwnPropertyDescriptor(part, name);
    Object.defineProperty(own, name, { value: mine, writable: true, configurable: true, enumerable: descriptor?.enumerable ?? true });
  }
}

function fillMap(own: Map<unknown, unknown>, entries: readonly [unknown, unknown][], ownOf: (part: unknown) => unknown): void {
  own.clear();
  for (const [key, value] of entries) own.set(ownOf(key), ownOf(value));
}

function fillSet(own: Set<unknown>, values: readonly unknown[], ownOf: (part: unknown) => unknown): void {
  own.clear();
  for (const value of values) own.add(ownOf(value));
}

type ViewMaker = new (buffer: ArrayBuffer) => ArrayBufferView;

function ownView(view: ArrayBufferView): ArrayBufferView {
  const bytes = ownBytes(asBuffer(view));
  if (Buffer.isBuffer(view)) return bytes;
  const maker = Reflect.get(globalThis, viewName(view)) as ViewMaker; // every realm has the same classes of views
  return new maker(ownBuffer(bytes.buffer));
}

function ownBuffer(buffer: ArrayBufferLike): ArrayBuffer {
  const limit: unknown = Reflect.get(buffer, "resizable") === true ? Reflect.get(buffer, "maxByteLength") : undefined;
  if (limit === undefined && buffer instanceof ArrayBuffer) return buffer;
  const own = Reflect.construct(ArrayBuffer, limit === undefined ? [buffer.byteLength] : [buffer.byteLength, { maxByteLength: limit }]) as ArrayBuffer; // as said
  new Uint8Array(own).set(new Uint8Array(buffer));
  return own;
}

function ownRegExp({ source, flags }: RegExp): RegExp {
  return new RegExp(source, flags);
}

const ERRORS = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];

function ownError(part: object, prototype: unknown): object {
  const name: unknown = isObject(prototype) ? prototype.constructor.name : undefined;
  const maker = ERRORS.find((kind) => kind.name === name) ?? Error;
  if (prototype === maker.prototype) return part;
  const own = new maker();
  if (!Object.hasOwn(part, "stack")) Reflect.deleteProperty(own, "stack");
  return own;
}
