import { deserialize, serialize } from "node:v8";
import type { Codec } from "./codec.ts";

/**
 * The default codec: everything the structured clone algorithm carries (Date, Map, Set, BigInt, RegExp, Error, typed arrays,
 * Buffer, cycles, `undefined`, `NaN`, `-0`), and nothing that could run. Functions and objects of classes are refused.
 */
export const structuredCodec: Codec = { name: "v8", encode: serialize, decode: deserialize };
