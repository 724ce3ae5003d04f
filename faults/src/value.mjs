/** Values that show whether they are whole, whose they are, and which of two is the newer one. */

import { createHash } from "node:crypto";

/**
 * @typedef {object} Value
 * @property {string} key
 * @property {number} version Greater in all that is loaded later, by any process of this machine.
 * @property {string} filler Made of the version, so that halves of two values do not fit.
 * @property {string} sum
 */

/**
 * @param {string} key
 * @param {number} version
 * @param {number} [size] Characters of filler.
 * @returns {Value}
 */
export function makeValue(key, version, size = 100) {
  const filler = `${version} `.repeat(Math.ceil(size / `${version} `.length)).slice(0, size);
  return { key, version, filler, sum: sumOf(key, version, filler) };
}

/**
 * @param {unknown} value
 * @returns {value is Value} Whether it is one of these, and all of it.
 */
export function isWhole(value) {
  const { key, version, filler, sum } = /** @type {Value} */ (value ?? {});
  return typeof key === "string" && sum === sumOf(key, version, filler);
}

/** @param {string} key @param {number} version @param {string} filler */
function sumOf(key, version, filler) {
  return createHash("sha256").update(JSON.stringify([key, version, filler])).digest("hex").slice(0, 16);
}

/** @param {Value} value @returns {string} As the body of an answer, whose every part is needed. */
export function asText({ key, version, sum, filler }) {
  return [JSON.stringify(key), version, sum, filler].join("\n");
}

/** @param {string} text @returns {Value} What a client makes of a body that refuses nothing: of a damaged one, a value that is not whole. */
export function fromText(text) {
  const [key = "", version = "", sum = "", filler = ""] = text.split("\n");
  return { key: asKey(key), version: Number(version), filler, sum };
}

/** @param {string} text */
function asKey(text) {
  try {
    return String(JSON.parse(text));
  } catch {
    return "";
  }
}
