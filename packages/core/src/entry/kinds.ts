import { util } from "../base/builtins.ts";
import { isObject } from "../base/foreign.ts";
import { builtInName } from "../base/realm.ts";

/** The kind of an object by its internal slots, whatever its prototype and its realm. */
export type Kind = "Object" | "Array" | "Map" | "Set" | "Date" | "RegExp" | "Error" | "ArrayBuffer" | "View" | "Boxed" | "Other";

export function kindOf(value: object): Kind {
  if (Array.isArray(value)) return "Array";
  const prototype: object | null = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return "Object";
  const { types } = util();
  if (types.isMap(value)) return "Map";
  if (types.isSet(value)) return "Set";
  if (types.isDate(value)) return "Date";
  if (types.isRegExp(value)) return "RegExp";
  if (types.isNativeError(value)) return "Error";
  if (ArrayBuffer.isView(value)) return "View";
  if (types.isArrayBuffer(value)) return "ArrayBuffer";
  if (types.isBoxedPrimitive(value)) return "Boxed";
  return builtInName(prototype) === "Object" ? "Object" : "Other";
}

/** Whether two objects are of the same class: the same prototype, or the same built-in class of two realms. */
export function haveSameClass(one: object, other: object): boolean {
  const prototype: object | null = Object.getPrototypeOf(one);
  const otherPrototype: object | null = Object.getPrototypeOf(other);
  if (prototype === otherPrototype) return true;
  const name = builtInName(prototype);
  return name !== undefined && name === builtInName(otherPrototype);
}

/** The built-in class of a view, such as `"Float64Array"` or `"DataView"`, whatever its realm and even if its class is derived. */
export function viewName(view: ArrayBufferView): string {
  return Object.prototype.toString.call(view).slice(8, -1);
}

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/** The access to a property, as a program writes it: `.name`, `[0]`, `["a key"]`. */
export function stepTo(object: object, key: string): string {
  if (Array.isArray(object) && /^\d+$/.test(key)) return `[${key}]`;
  return IDENTIFIER.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

/** The access to the value of a Map's key. */
export function stepToEntry(key: unknown, index: number): string {
  return isObject(key) || typeof key === "symbol" || typeof key === "function" ? `.values()[${index}]` : `.get(${shownKey(key)})`;
}

function shownKey(key: unknown): string {
  return typeof key === "string" ? JSON.stringify(key) : String(key);
}
