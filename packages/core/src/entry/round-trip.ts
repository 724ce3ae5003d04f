import { asBuffer } from "../base/bytes.ts";
import { util } from "../base/builtins.ts";
import { isObject } from "../base/foreign.ts";
import { SHORT_LIST } from "./codec/plain.ts";
import { haveSameClass, type Kind, kindOf, stepTo, stepToEntry, viewName } from "./kinds.ts";

/** Two parts to compare, and their place in the whole value. */
interface Pair {
  readonly value: unknown;
  readonly copy: unknown;
  /** The last step of the path, such as `.users` or `[0]`. */
  readonly step: string;
  readonly within: Pair | undefined;
}

/** Thrown for a value that does not come back the same. Says where the difference is. */
export class UnfaithfulError extends TypeError {
  /** The place of the difference, such as `value.items[3]`. */
  readonly path: string;

  constructor(path: string, what: string) {
    super(`${path} ${what}. Return plain data from the loader, or pass a codec that knows the type`);
    this.path = path;
  }
}

/**
 * Throws an `UnfaithfulError` unless `copy`, which went through a codec, is equal to `value`.
 *
 * A serialiser silently turns a class instance into a plain object, and a URL into `{}`. A page that is rendered from that
 * copy would break in the middle of an outage. This check reports the problem at the first load instead.
 *
 * Four differences are harmless: an object without a prototype (GraphQL results, parsed query strings) may get one, a
 * property that is `undefined` may be lost, a hole may become `undefined`, and a zero may lose its sign.
 * A value of another realm may come back as a value of this realm.
 */
export function assertRoundTrips(value: unknown, copy: unknown): void {
  // A loop over pending pairs instead of recursion, so that the possible depth does not depend on the version of Node.
  const todo: Pair[] = [{ value, copy, step: "value", within: undefined }];
  const seen = new Map<object, unknown>();
  for (let pair = todo.pop(); pair !== undefined; pair = todo.pop()) {
    if (areSame(pair.value, pair.copy)) continue;
    if (isObject(pair.value)) {
      if (pair.copy !== undefined && seen.get(pair.value) === pair.copy) continue;
      seen.set(pair.value, pair.copy);
    }
    const parts = partsOf(pair);
    for (let index = parts.length - 1; index >= 0; index--) todo.push(parts[index] as Pair); // so that the first difference is reported
  }
}

/** The pairs of parts that may differ. Throws if the values have different types, or differ and have no parts. */
function partsOf(pair: Pair): readonly Pair[] {
  const { value, copy } = pair;
  if (!isObject(value) || !isObject(copy) || !haveSameClass(value, copy)) throw changed(pair);
  const kind = kindOf(value);
  if (kind !== kindOf(copy) || !haveSameContent(kind, value, copy)) throw changed(pair);
  refuseSymbols(pair, value, copy);
  // A list of primitives has no parts to descend into. Listing its keys would take ten times as long.
  if (kind === "View" || isEqualList(value, copy)) return [];
  return [...membersOf(kind, pair), ...propertiesOf(kind, value, copy, pair)];
}

/** Compares the content of two objects of one kind, except their properties and members. */
function haveSameContent(kind: Kind, value: object, copy: object): boolean {
  switch (kind) {
    case "Array":
      return lengthOf(value) === lengthOf(copy);
    case "Map":
    case "Set":
      return sizeOf(kind, value) === sizeOf(kind, copy);
    case "Date":
      return Object.is(Date.prototype.getTime.call(value), Date.prototype.getTime.call(copy));
    case "RegExp":
      return textOf(value) === textOf(copy);
    case "Error":
      return Reflect.get(value, "name") === Reflect.get(copy, "name");
    case "Boxed":
      return areSame(unboxed(value), unboxed(copy));
    case "ArrayBuffer":
      return isEqualBuffer(value as ArrayBuffer, copy as ArrayBuffer); // of that kind, both
    case "View":
      return isEqualView(value as ArrayBufferView, copy as ArrayBufferView); // of that kind, both
    case "Object":
      return true;
    case "Other":
      return util().isDeepStrictEqual(value, copy);
  }
}

function lengthOf(value: object): unknown {
  return Reflect.get(value, "length");
}

function sizeOf(kind: "Map" | "Set", value: object): unknown {
  return kind === "Map" ? Reflect.get(Map.prototype, "size", value) : Reflect.get(Set.prototype, "size", value);
}

function textOf(value: object): string {
  return `${RegExp.prototype.toString.call(value)} ${String(Reflect.get(value, "lastIndex"))}`;
}

function unboxed(value: object): unknown {
  const { types } = util();
  if (types.isNumberObject(value)) return Number.prototype.valueOf.call(value);
  if (types.isStringObject(value)) return String.prototype.valueOf.call(value);
  if (types.isBooleanObject(value)) return Boolean.prototype.valueOf.call(value);
  if (types.isBigIntObject(value)) return BigInt.prototype.valueOf.call(value);
  return Symbol.prototype.valueOf.call(value);
}

function isEqualBuffer(value: ArrayBuffer, copy: ArrayBuffer): boolean {
  const sameLimit = Reflect.get(value, "maxByteLength") === Reflect.get(copy, "maxByteLength");
  return sameLimit && Buffer.from(value).equals(Buffer.from(copy));
}

function isEqualView(value: ArrayBufferView, copy: ArrayBufferView): boolean {
  if (viewName(value) !== viewName(copy) || util().types.isSharedArrayBuffer(value.buffer)) return false;
  if (!asBuffer(value).equals(asBuffer(copy))) return false;
  // isDeepStrictEqual also compares the properties of a view, but only knows classes of its own realm.
  return Object.getPrototypeOf(value) !== Object.getPrototypeOf(copy) || util().isDeepStrictEqual(value, copy);
}

const LONGEST_LIST = 10_000_000; // searching a longer list for objects takes too long if it is mostly holes

function isEqualList(value: object, copy: object): boolean {
  return Array.isArray(value) && value.length <= LONGEST_LIST && !value.some(isObject) && util().isDeepStrictEqual(value, copy) && !hasHiddenNames(value);
}

/** The pairs of members of two Maps or Sets, by position, because a serialiser keeps their order. */
function membersOf(kind: Kind, within: Pair): readonly Pair[] {
  if (kind === "Set") {
    const copies = Array.from(Set.prototype.values.call(within.copy));
    return Array.from(Set.prototype.values.call(within.value), (value: unknown, index) => ({ value, copy: copies[index], step: `.values()[${index}]`, within }));
  }
  if (kind !== "Map") return [];
  const copies = Array.from(Map.prototype.entries.call(within.copy));
  return Array.from(Map.prototype.entries.call(within.value)).flatMap(([key, value]: [unknown, unknown], index) => [
    { value: key, copy: copies[index]?.[0], step: `.keys()[${index}]`, within },
    { value, copy: copies[index]?.[1], step: stepToEntry(key, index), within },
  ]);
}

function propertiesOf(kind: Kind, value: object, copy: object, within: Pair): readonly Pair[] {
  const parts: Pair[] = [];
  const compare = (key: string): void => {
    const [one, other]: [unknown, unknown] = [Reflect.get(value, key), Reflect.get(copy, key)];
    if (!areSame(one, other)) parts.push({ value: one, copy: other, step: stepTo(value, key), within });
  };
  const names = namesOf(kind, value);
  for (const name of names) compare(name);
  // Nearly always the names are the same, in the same order.
  for (const [index, name] of namesOf(kind, copy).entries()) if (name !== names[index] && !Object.hasOwn(value, name)) compare(name);
  return parts;
}

/** The own properties to compare, including those that are not enumerable, except those that are compared elsewhere. */
function namesOf(kind: Kind, value: object): readonly string[] {
  // Listing all names of a long list takes longer than writing it.
  if (kind === "Array" && !hasHiddenNames(value)) return Object.keys(value);
  const names = Object.getOwnPropertyNames(value);
  return kind === "Object" ? names : names.filter((name) => !(COMPARED[kind]?.includes(name) ?? false));
}

// bun notes in an error where it was made, beside the stack and in names that its serialiser drops.
const COMPARED: { readonly [K in Kind]?: readonly string[] } = { Array: ["length"], Error: ["stack", "originalLine", "originalColumn"], RegExp: ["lastIndex"], Boxed: ["length"] };

function hasHiddenNames(value: object): boolean {
  return Array.isArray(value) && value.length <= SHORT_LIST && Object.getOwnPropertyNames(value).length !== Object.keys(value).length + 1;
}

function refuseSymbols(pair: Pair, value: object, copy: object): void {
  const symbols = Object.getOwnPropertySymbols(value);
  if (symbols.every((symbol) => Object.hasOwn(copy, symbol))) return;
  throw new UnfaithfulError(placeOf(pair), "has a symbol for a key");
}

/** Whether two primitives are equal. JSON does not keep the sign of a zero, so 0 equals -0. */
function areSame(value: unknown, copy: unknown): boolean {
  return value === copy || Object.is(value, copy);
}

function changed(pair: Pair): UnfaithfulError {
  return new UnfaithfulError(placeOf(pair), `is ${describe(pair.value)} and would come back as ${describe(pair.copy)}`);
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
