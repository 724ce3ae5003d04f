import { asBuffer } from "../../base/bytes.ts";
import { v8 } from "../../base/builtins.ts";
import type { Codec } from "./codec.ts";
import { isPlain } from "./plain.ts";
import { revive } from "./revive.ts";

/**
 * The default codec: everything the structured clone algorithm carries (Date, Map, Set, BigInt, RegExp, Error, typed arrays,
 * Buffer, cycles, `undefined`, `NaN`, `-0`), and nothing that could run. Functions and objects of classes are refused.
 *
 * What JSON carries as well is written as JSON, which is several times as fast.
 *
 * @example
 * ```ts
 * import { compressedCodec, structuredCodec } from "@lastgood/core";
 *
 * const codec = compressedCodec({ codec: structuredCodec, threshold: 4096 });
 * ```
 */
export const structuredCodec: Codec = {
  name: "v8",
  encode: (value) => (isPlain(value) ? Buffer.from(JSON.stringify(value)) : v8().serialize(value)),
  decode: (bytes) => (isText(bytes) ? parse(bytes) : revive(v8().deserialize(bytes))),
};

/** JSON begins with a printable character of ASCII. What `serialize` makes never does: with 0xff, and in bun also with 0x0e. */
export function isText([first = 0]: Uint8Array): boolean {
  return first >= 0x20 && first < 0x7f;
}

function parse(bytes: Uint8Array): unknown {
  return JSON.parse(asBuffer(bytes).toString()) as unknown;
}
