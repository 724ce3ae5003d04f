import type { BackupAdapter } from "../adapter/contract.ts";
import { isPromiseLike } from "../base/async.ts";
import { isObject } from "../base/foreign.ts";
import { checkedCodec } from "../entry/codec/codec.ts";
import { isError } from "../base/realm.ts";
import { milliseconds } from "../time/duration.ts";
import { mustBe, shown } from "../base/shown.ts";
import { warnOnce } from "../report/warnings.ts";

// Each function converts what a user passed, or throws. `name` is the option in messages, such as "get: ttl".

export function ttlMilliseconds(value: unknown, name: string): number {
  if (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 999) {
    warnOnce("LASTGOOD_TTL_UNIT", `${name} is ${value} milliseconds; if seconds are meant, write "${value}s"`);
  }
  return milliseconds(value, name);
}

export function durationOrFunction(value: unknown, name: string): unknown {
  return typeof value === "function" ? synchronousFunction(value, name) : milliseconds(value, name);
}

export function notNegative(value: unknown, name: string): number {
  const ms = milliseconds(value, name);
  if (ms < 0) throw new RangeError(mustBe(name, "0 or more milliseconds", value));
  return ms;
}

export function positive(value: unknown, name: string): number {
  const ms = milliseconds(value, name);
  if (ms <= 0) throw new RangeError(mustBe(name, "more than 0 milliseconds", value));
  return ms;
}

export function share(value: unknown, name: string): number {
  const expected = "a number from 0 to 1";
  if (typeof value !== "number") throw new TypeError(mustBe(name, expected, value));
  if (!(value >= 0 && value <= 1)) throw new RangeError(mustBe(name, expected, value));
  return value;
}

export function count(value: unknown, name: string): number {
  const expected = "a whole number from 1 on, or Infinity";
  if (typeof value !== "number") throw new TypeError(mustBe(name, expected, value));
  if (!(value >= 1) || !(Number.isInteger(value) || value === Infinity)) throw new RangeError(mustBe(name, expected, value));
  return value;
}

export function aName(value: unknown, name: string): string {
  if (typeof value !== "string") throw new TypeError(mustBe(name, 'a string such as "feeds"', value));
  if (value.trim() === "") throw new RangeError(mustBe(name, "a string with something in it, or be left out", value));
  return value;
}

/** Tags, each of them once. */
export function tagNames(value: unknown, name: string): readonly string[] {
  if (!Array.isArray(value)) throw new TypeError(mustBe(name, 'a list of strings, such as ["user:7"]', value));
  for (const [index, tag] of value.entries()) tagName(tag, `${name}[${index}]`);
  return [...new Set(value as readonly string[])];
}

export function tagName(value: unknown, name: string): string {
  if (typeof value !== "string") throw new TypeError(mustBe(name, 'a string such as "user:7"', value));
  if (value === "") throw new RangeError(mustBe(name, "a string with something in it", value));
  return value;
}

export function aBoolean(value: unknown, name: string): boolean {
  if (typeof value !== "boolean") throw new TypeError(mustBe(name, "true or false", value));
  return value;
}

export function aFunction(value: unknown, name: string): unknown {
  if (typeof value !== "function") throw new TypeError(mustBe(name, "a function", value));
  return value;
}

/** Refuses an async function here. A function that returns a promise is refused when it is called. */
export function synchronousFunction(value: unknown, name: string): unknown {
  if (Object.prototype.toString.call(value) !== "[object AsyncFunction]") return aFunction(value, name);
  throw new TypeError(`${name} must be a function that answers at once; got an async function`);
}

export function functionOrSchema(value: unknown, name: string): unknown {
  if (typeof value === "function" || (isObject(value) && "~standard" in value)) return value;
  throw new TypeError(mustBe(name, "a function or a Standard Schema", value));
}

export function abortSignal(value: unknown, name: string): unknown {
  // By its methods and not by its class, because each realm has its own class.
  const methods = hasMethods(value, ["addEventListener", "removeEventListener"]);
  if (methods && "aborted" in value && typeof value.aborted === "boolean") return value;
  throw new TypeError(mustBe(name, "an AbortSignal", value));
}

export function cacheAdapter(value: unknown, name: string): unknown {
  const methods = hasMethods(value, ["get", "set", "delete"]);
  if (methods && "stores" in value && (value.stores === "values" || value.stores === "bytes")) return value;
  throw new TypeError(mustBe(name, "a cache adapter, such as memoryCache() of @lastgood/cache-memory", value));
}

/** One backup or a list of backups, as a list. */
export function backups(value: unknown, name: string): readonly BackupAdapter[] {
  if (!Array.isArray(value) || value.length === 0) return [backupAdapter(value, name)];
  return value.map((each: unknown, index) => {
    const first = value.indexOf(each);
    if (first === index) return backupAdapter(each, `${name}[${index}]`);
    throw new RangeError(`${name}[${index}] must be another one than backup[${first}]: a store that is there twice has one copy; got the same`);
  });
}

export function copies(value: unknown, name: string): unknown {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 1) return value;
  const Kind = typeof value === "number" ? RangeError : TypeError;
  throw new Kind(mustBe(name, "a whole number from 1 on", value));
}

export function refuseMoreCopies(given: number, most: number, name: string): void {
  if (given > most) throw new RangeError(mustBe(name, `at most ${most}, which is how many backups there are`, given));
}

function backupAdapter(value: unknown, name: string): BackupAdapter {
  // The names of the methods tell a backup from a cache. The kit proves what they do.
  if (hasMethods(value, ["read", "write", "touch", "list", "delete"])) return value as unknown as BackupAdapter;
  throw new TypeError(mustBe(name, 'a backup adapter, such as fsBackup("./backups") of @lastgood/backup-fs', value));
}

export function listOfCodecs(value: unknown, name: string): unknown {
  if (!Array.isArray(value)) throw new TypeError(mustBe(name, "a list of codecs, such as [structuredCodec]", value));
  return value.map((codec, index) => checkedCodec(codec, `${name}[${index}]`));
}

export function aClock(value: unknown, name: string): unknown {
  if (!hasMethods(value, ["now"])) throw new TypeError(mustBe(name, "an object whose now() returns epoch milliseconds", value));
  const now = timeOf(value);
  if (typeof now === "number" && Number.isFinite(now)) return value;
  if (isPromiseLike(now)) Promise.resolve(now).catch(() => {});
  const got = isError(now) ? `an object whose now() threw ${shown(now.message)}` : `an object whose now() returned ${shown(now)}`;
  throw new TypeError(`${name} must be an object whose now() returns epoch milliseconds; got ${got}`);
}

/** The reading of the clock, or the error that it throws. */
function timeOf(clock: object): unknown {
  try {
    return Reflect.apply(Reflect.get(clock, "now"), clock, []);
  } catch (error) {
    return error;
  }
}

function hasMethods(value: unknown, names: readonly string[]): value is object {
  if (!isObject(value) && typeof value !== "function") return false;
  return names.every((name) => typeof Reflect.get(value, name) === "function");
}

/** Checks that this is a plain object of options. A Date, a Map or a promise has no options, and would be ignored in silence. */
export function optionsObject(value: unknown, where: string): object {
  if (isObject(value) && Object.prototype.toString.call(value) === "[object Object]") return value;
  throw new TypeError(mustBe(`${where}: options`, "an object of options", value));
}

/** Throws if an option of `cull` is wrong. */
export function cullOptions(value: unknown): void {
  if (value === undefined) return;
  const options = optionsObject(value, "cull");
  refuseUnknown(options, ["force"], "cull");
  const force: unknown = Reflect.get(options, "force");
  if (force !== undefined) aBoolean(force, "cull: force");
}

export function clearOptions(value: unknown): void {
  const options = optionsObject(value ?? {}, "clear");
  refuseUnknown(options, ["confirm"], "clear");
  if (Reflect.get(options, "confirm") === true) return;
  throw new TypeError(`${mustBe("clear: confirm", "true", Reflect.get(options, "confirm"))}. It deletes every key and every backup, those of all namespaces too`);
}

/** Throws for an unknown option, which may be a misspelled one. */
export function refuseUnknown(options: object, known: readonly string[], where: string): void {
  for (const option of Object.keys(options)) {
    if (known.includes(option)) continue;
    const meant = known.find((name) => isNearly(name, option));
    const hint = meant === undefined ? "" : `. Did you mean ${meant}?`;
    throw new TypeError(`${where}: options must be among ${known.join(", ")}; got ${shown(option)}${hint}`);
  }
}

/** Whether two names differ in case, in one letter, or in two letters that changed places. */
function isNearly(name: string, other: string): boolean {
  const [a, b] = [name.toLowerCase(), other.toLowerCase()];
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  return (left.length <= 1 && right.length <= 1) || (left.length === 2 && left === [...right].toReversed().join(""));
}
