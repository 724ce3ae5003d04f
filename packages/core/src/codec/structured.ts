import { deserialize, serialize } from "node:v8";
import type { Codec } from "./codec.ts";
import { isPlain } from "./plain.ts";

/** The first byte of everything that `serialize` makes, and of no text. */
const SERIALIZED = 0xff;

/**
 * The default codec: everything the structured clone algorithm carries (Date, Map, Set, BigInt, RegExp, Error, typed arrays,
 * Buffer, cycles, `undefined`, `NaN`, `-0`), and nothing that could run. Functions and objects of classes are refused.
 *
 * What JSON carries as well is written as JSON, which is several times as fast.
 */
export const structuredCodec: Codec = {
  name: "v8",
  encode: (value) => (isPlain(value) ? Buffer.from(JSON.stringify(value)) : serialize(value)),
  decode: (bytes) => (bytes[0] === SERIALIZED ? deserialize(bytes) : parse(bytes)),
};

function parse(bytes: Uint8Array): unknown {
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()) as unknown;
}
