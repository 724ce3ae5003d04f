import assert from "node:assert/strict";
import { types } from "node:util";
import { runInNewContext } from "node:vm";

/** Every value of a byte, in order. A new array each time, because a broken adapter may change it. */
export function allBytes(): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, value) => value);
}

/** The same bytes in a `Uint8Array` of another realm, for which `instanceof` is false here. */
export function bytesOfAnotherRealm(): Uint8Array {
  const bytes: unknown = runInNewContext("Uint8Array.from({ length: 256 }, (_, value) => value)");
  assertIsBytes(bytes);
  return bytes;
}

export const NO_BYTES: Uint8Array = new Uint8Array(0);

const HEADER = 8;

/**
 * Bytes that show whether they are whole: their length, their number, and a sequence computed from the number. Half of
 * such a value, or a mixture of two, is detected. `length` is at least 8.
 */
export function patterned(number: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const header = new DataView(bytes.buffer);
  header.setUint32(0, length);
  header.setUint32(4, number);
  for (let at = HEADER; at < bytes.length; at++) bytes[at] = patternAt(number, at);
  return bytes;
}

/** The number (modulo 2^32) of bytes made by `patterned`. Fails if they are not whole. */
export function numberOf(bytes: unknown): number {
  assertIsBytes(bytes);
  assert.ok(bytes.length >= HEADER, `a value came back cut to ${bytes.length} bytes`);
  const header = new DataView(bytes.buffer, bytes.byteOffset);
  const number = header.getUint32(4);
  assert.equal(bytes.length, header.getUint32(0), `value ${number} came back with another length`);
  for (let at = HEADER; at < bytes.length; at++) {
    if (bytes[at] !== patternAt(number, at)) assert.fail(`value ${number} came back mixed up, from byte ${at} on`);
  }
  return number;
}

/** Compares bytes. `deepEqual` would print megabytes. */
export function assertSameBytes(actual: unknown, expected: Uint8Array, what: string): void {
  assertIsBytes(actual);
  assert.equal(actual.length, expected.length, `${what}: the length`);
  const at = expected.findIndex((byte, index) => actual[index] !== byte);
  assert.equal(at, -1, `${what}: byte ${at} is ${actual[at]}, not ${expected[at]}`);
}

function assertIsBytes(value: unknown): asserts value is Uint8Array {
  // Not `instanceof`, because a runner may give each test file its own globals, and so its own Uint8Array.
  assert.ok(types.isUint8Array(value), `expected a Uint8Array, not ${value === null ? "null" : typeof value}`);
}

/** Consecutive numbers give bytes that differ at every position. */
function patternAt(number: number, at: number): number {
  return ((number >>> 0) * 37 + at * 11 + (at >> 8)) & 0xff;
}
