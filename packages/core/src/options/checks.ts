import { isPromiseLike } from "../base/async.ts";
import { isObject } from "../base/foreign.ts";
import { isError } from "../base/realm.ts";
import { milliseconds } from "../time/duration.ts";
import { shown } from "../base/shown.ts";
import { warnOnce } from "../report/warnings.ts";

// Each turns what a user passed into its final form, or throws an error that names the option.

export function ttlMilliseconds(value: unknown, option: string): number {
  if (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 999) {
    warnOnce("LASTGOOD_TTL_UNIT", `a ttl of ${value} is ${value} milliseconds; for seconds write "${value}s"`);
  }
  return milliseconds(value, option);
}

export function durationOrFunction(value: unknown, option: string): unknown {
  return typeof value === "function" ? synchronousFunction(value, option) : milliseconds(value, option);
}

export function notNegative(value: unknown, option: string): number {
  const ms = milliseconds(value, option);
  if (ms < 0) throw new RangeError(`${option} must not be negative, and is ${ms} ms`);
  return ms;
}

export function positive(value: unknown, option: string): number {
  const ms = milliseconds(value, option);
  if (ms <= 0) throw new RangeError(`${option} must be more than 0, and is ${ms} ms`);
  return ms;
}

export function share(value: unknown, option: string): number {
  if (typeof value !== "number") throw new TypeError(`${option} must be a number from 0 to 1, not ${typeof value}`);
  if (!(value >= 0 && value <= 1)) throw new RangeError(`${option} must be from 0 to 1, and is ${value}`);
  return value;
}

export function count(value: unknown, option: string): number {
  if (typeof value !== "number") throw new TypeError(`${option} must be a whole number or Infinity, not ${typeof value}`);
  if (!(value >= 1) || !(Number.isInteger(value) || value === Infinity)) {
    throw new RangeError(`${option} must be a whole number from 1 on or Infinity, and is ${value}`);
  }
  return value;
}

export function aName(value: unknown, option: string): string {
  if (typeof value !== "string") throw new TypeError(`${option} must be a string such as "feeds"; got ${shown(value)}`);
  if (value.trim() === "") throw new RangeError(`${option} must not be empty; got ${shown(value)}. Leave it out for a datastore without a name`);
  return value;
}

export function aBoolean(value: unknown, option: string): boolean {
  if (typeof value !== "boolean") throw new TypeError(`${option} must be true or false, not ${typeof value}`);
  return value;
}

function aFunction(value: unknown, option: string): unknown {
  if (typeof value !== "function") throw new TypeError(`${option} must be a function, not ${typeof value}`);
  return value;
}

/** An async function is refused here; one that returns a promise all the same, when it does. */
export function synchronousFunction(value: unknown, option: string): unknown {
  if (Object.prototype.toString.call(value) !== "[object AsyncFunction]") return aFunction(value, option);
  throw new TypeError(`${option} must answer at once, and is an async function`);
}

export function functionOrSchema(value: unknown, option: string): unknown {
  if (typeof value === "function" || (isObject(value) && "~standard" in value)) return value;
  throw new TypeError(`${option} must be a function or a Standard Schema, not ${typeof value}`);
}

export function abortSignal(value: unknown, option: string): unknown {
  // By what it has, and not by its class: that is another one in each realm.
  const methods = hasMethods(value, ["addEventListener", "removeEventListener"]);
  if (methods && "aborted" in value && typeof value.aborted === "boolean") return value;
  throw new TypeError(`${option} must be an AbortSignal, not ${typeof value}`);
}

export function cacheAdapter(value: unknown, option: string): unknown {
  const methods = hasMethods(value, ["get", "set", "delete"]);
  if (methods && "stores" in value && (value.stores === "values" || value.stores === "bytes")) return value;
  throw new TypeError(`${option} must be a cache adapter, such as memoryCache() of @lastgood/cache-memory makes`);
}

export function backupAdapter(value: unknown, option: string): unknown {
  if (hasMethods(value, ["read", "write", "touch", "list", "delete"])) return value;
  throw new TypeError(`${option} must be a backup adapter, such as fsBackup("./backups") of @lastgood/backup-fs makes`);
}

export function aCodec(value: unknown, option: string): unknown {
  if (!hasMethods(value, ["encode", "decode"]) || !("name" in value)) {
    throw new TypeError(`${option} must have a name, encode and decode, as structuredCodec and jsonCodec do`);
  }
  if (typeof value.name === "string" && /^[\x21-\x7e]{1,255}$/.test(value.name)) return value;
  throw new RangeError(`${option}.name must be 1 to 255 characters of ASCII`);
}

export function listOfCodecs(value: unknown, option: string): unknown {
  if (!Array.isArray(value)) throw new TypeError(`${option} must be a list of codecs, such as [structuredCodec]; got ${shown(value)}`);
  return value.map((codec, index) => aCodec(codec, `${option}[${index}]`));
}

export function aClock(value: unknown, option: string): unknown {
  if (!hasMethods(value, ["now"])) throw new TypeError(`${option} must have a function now() that returns epoch milliseconds`);
  const now = timeOf(value);
  if (typeof now === "number" && Number.isFinite(now)) return value;
  if (isPromiseLike(now)) Promise.resolve(now).catch(() => {});
  throw new TypeError(`${option}.now() must return epoch milliseconds as a number; got ${isError(now) ? `an error: ${now.message}` : shown(now)}`);
}

/** What the clock says, or what it throws. */
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

/** An object that can have been meant as options. A Date, a Map or a promise has none, and would be ignored in silence. */
export function optionsObject(value: unknown, where: string): object {
  if (isObject(value) && Object.prototype.toString.call(value) === "[object Object]") return value;
  throw new TypeError(`${where}: options must be an object of options; got ${shown(value)}`);
}

/** Throws for what is wrong in the options of `cull`. */
export function cullOptions(value: unknown): void {
  if (value === undefined) return;
  const options = optionsObject(value, "cull");
  refuseUnknown(options, ["force"], "cull");
  const force: unknown = Reflect.get(options, "force");
  if (force !== undefined) aBoolean(force, "force");
}

/** Throws for an option that `where` does not have: one that is spelled wrong would be ignored in silence. */
export function refuseUnknown(options: object, known: readonly string[], where: string): void {
  for (const option of Object.keys(options)) {
    if (known.includes(option)) continue;
    const meant = known.find((name) => isNearly(name, option));
    const hint = meant === undefined ? `it has ${known.join(", ")}` : `did you mean ${meant}?`;
    throw new TypeError(`${where} has no option ${JSON.stringify(option)}; ${hint}`);
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
