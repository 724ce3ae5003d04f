import { deserialize, serialize } from "node:v8";
import { DatastoreError } from "../errors.ts";
import type { Codec } from "./codec.ts";
import { assertFaithful } from "./faithful.ts";

/**
 * The default codec: everything the structured clone algorithm carries (Date, Map, Set, BigInt, RegExp, Error, typed arrays,
 * Buffer, cycles, `undefined`, `NaN`, `-0`), and nothing that could run. Refuses functions and objects of classes.
 */
export const structuredCodec: Codec = {
  name: "v8",
  encode(value) {
    const bytes = serializeOrExplain(value);
    assertFaithful(value, deserialize(bytes), "structured");
    return bytes;
  },
  decode(bytes) {
    return deserialize(bytes);
  },
};

function serializeOrExplain(value: unknown): Buffer {
  try {
    return serialize(value);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DatastoreError("UNSERIALIZABLE", `the structured codec cannot keep this value: ${reason}`, { cause });
  }
}
