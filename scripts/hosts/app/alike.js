/** Whether two values are alike, even where each is of another realm: there `instanceof` and `assert.deepEqual` see a difference. */

import assert from "node:assert/strict";

/** @param {unknown} actual @param {unknown} expected */
export function assertAlike(actual, expected) {
  assert.equal(described(actual, []), described(expected, []));
}

/** @param {unknown} value @param {unknown[]} above The objects that this one is in. @returns {string} */
function described(value, above) {
  if (typeof value !== "object" || value === null) return typeof value === "bigint" ? `${value}n` : Object.is(value, -0) ? "-0" : JSON.stringify(value) ?? String(value);
  if (above.includes(value)) return `the object ${above.indexOf(value)} above`;
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  return `${tag} { ${partsOf(tag, value).map(([name, part]) => `${name}: ${described(part, [...above, value])}`).join(", ")} }`;
}

/** @param {string} tag @param {any} value By its tag it is known what it has. @returns {(readonly [string, unknown])[]} */
function partsOf(tag, value) {
  if (tag === "Date") return [["time", value.getTime()]];
  if (tag === "RegExp") return [["pattern", `${value}`]];
  if (tag === "ArrayBuffer") return [["bytes", Array.from(new Uint8Array(value))]];
  if (tag === "DataView") return [["bytes", Array.from(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))]];
  if (tag === "Map" || tag === "Set") return Array.from(value, (part, index) => [`${index}`, Array.isArray(part) ? [...part] : part]);
  if (tag === "Error") return [["name", value.name], ["message", value.message]];
  return Object.entries(value);
}
