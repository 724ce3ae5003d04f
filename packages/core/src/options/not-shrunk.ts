import { util } from "../base/builtins.ts";
import { mustBe } from "../base/shown.ts";
import type { ValidateContext } from "./validate.ts";

/** Returns the size of a value in any unit, or `undefined` for a value without a size. */
export type Measure<T> = (value: T) => number | undefined;

/**
 * A `validate` that refuses a value which has shrunk to less than `share` of the last good one, such as an empty page that came
 * with status 200. Strings, arrays and bytes are measured by their length, Maps and Sets by their size, other objects
 * by their number of properties, unless `measure` knows better. The first value of a key always passes.
 *
 * If a source has shrunk for good, call `set` or `delete` once: until then, its values are refused.
 *
 * @example
 * ```ts
 * import { notShrunk } from "@lastgood/core";
 *
 * const feed = await datastore.get("feed", loadFeed, { ttl: "5m", validate: notShrunk(0.5) });
 * ```
 */
export function notShrunk<T = unknown>(share: number, measure: Measure<T> = sizeOf): (value: T, context: ValidateContext) => Promise<void> {
  const expected = "a number above 0 and up to 1";
  if (typeof share !== "number") throw new TypeError(mustBe("notShrunk: share", expected, share));
  if (!(share > 0 && share <= 1)) throw new RangeError(mustBe("notShrunk: share", expected, share));
  if (typeof measure !== "function") throw new TypeError(mustBe("notShrunk: measure", "a function", measure));
  return async (value, { lastGood }) => {
    const now = measure(value);
    const last = now === undefined ? undefined : await lastGood();
    const before = last && measure(last.value as T); // a key stands for one type, as in get
    if (now === undefined || before === undefined || now >= before * share) return;
    throw new RangeError(`the value has shrunk from ${before} to ${now}, to less than ${share} of the last good one`);
  };
}

function sizeOf(value: unknown): number | undefined {
  if (typeof value === "string" || Array.isArray(value)) return value.length;
  const { types } = util();
  if (types.isMap(value) || types.isSet(value)) return value.size;
  if (types.isAnyArrayBuffer(value) || ArrayBuffer.isView(value)) return value.byteLength;
  return typeof value === "object" && value !== null ? Object.keys(value).length : undefined;
}
