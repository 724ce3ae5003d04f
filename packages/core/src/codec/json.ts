import { DatastoreError } from "../errors.ts";
import type { Codec } from "./codec.ts";
import { assertFaithful } from "./faithful.ts";

/**
 * A codec for records that other programs read: UTF-8 JSON. Refuses what JSON would change, such as a Date, `NaN` or a Map;
 * a property whose value is `undefined` may be lost.
 */
export const jsonCodec: Codec = {
  name: "json",
  encode(value) {
    const text = stringifyOrExplain(value);
    assertFaithful(value, JSON.parse(text), "JSON");
    return Buffer.from(text);
  },
  decode(bytes) {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
  },
};

function stringifyOrExplain(value: unknown): string {
  try {
    const text: unknown = JSON.stringify(value);
    if (typeof text === "string") return text;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DatastoreError("UNSERIALIZABLE", `the JSON codec cannot keep this value: ${reason}`, { cause });
  }
  throw new DatastoreError("UNSERIALIZABLE", `the JSON codec cannot keep a value of type ${typeof value}`);
}
