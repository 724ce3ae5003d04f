import { isObject } from "../../base/foreign.ts";
import { mustBe } from "../../base/shown.ts";

/**
 * Turns a value into bytes and back. `decode(encode(value))` must deep-equal `value`; if it would not, `encode` throws. Both are
 * synchronous: a promise is refused. `decode` must never run anything that it finds in the bytes.
 *
 * @example
 * ```ts
 * import { type Codec, Datastore } from "@lastgood/core";
 * import { memoryBackup } from "@lastgood/core/testing";
 * import { memoryCache } from "@lastgood/cache-memory";
 *
 * const text: Codec = {
 *   name: "text",
 *   encode: (value) => Buffer.from(String(value)),
 *   decode: (bytes) => Buffer.from(bytes).toString(),
 * };
 * const datastore = new Datastore({ cache: memoryCache(), backup: memoryBackup(), codec: text });
 * ```
 */
export interface Codec {
  /** Written into every record. Records of other codecs are read only if these are in `readable`. 1 to 255 bytes of ASCII. */
  readonly name: string;
  encode(value: unknown, context: CodecContext): Uint8Array;
  decode(bytes: Uint8Array, context: CodecContext): unknown;
  /**
   * Returns bytes that are written before the payload, and prove that header and payload belong together. Called for each record after
   * `encode`, when its times are known. A codec with a seal keeps secrets, so it also encrypts outage records.
   */
  seal?(payload: Uint8Array, context: SealContext): Uint8Array;
  /** Returns the payload after the seal. Throws if the seal does not match header and payload. */
  unseal?(sealed: Uint8Array, context: SealContext): Uint8Array;
  /** Whether `seal` would use the same encryption key today. A codec with a single key leaves it out. */
  isSealCurrent?(sealed: Uint8Array): boolean;
}

/** What a codec knows of the record that it encodes or decodes. */
export interface CodecContext {
  /** The id under which the record is stored. An encrypting codec binds the bytes to it. */
  readonly id: string;
  /** `false` if the bytes come from a record without a seal. */
  readonly sealed?: boolean | undefined;
}

export interface SealContext extends CodecContext {
  /** The header of the record: its format, flags, times, key, codec and metadata. */
  readonly header: Uint8Array;
}

/** Throws if the value is not a codec. `name` contains the function and the option, such as "new Datastore: codec". */
export function checkedCodec(value: unknown, name: string): Codec {
  const expected = "an object with name, encode and decode, such as structuredCodec";
  if (!isObject(value) || !("name" in value) || !hasFunction(value, "encode") || !hasFunction(value, "decode")) throw new TypeError(mustBe(name, expected, value));
  if (typeof value.name !== "string" || !NAME.test(value.name)) throw new RangeError(mustBe(`${name}.name`, "1 to 255 characters of ASCII without spaces", value.name));
  return value as Codec; // checked right above
}

const NAME = /^[\x21-\x7e]{1,255}$/;

function hasFunction(value: object, method: string): boolean {
  return typeof Reflect.get(value, method) === "function";
}

/** The seal of an inner codec, for the codec that wraps it. It covers the wrapper's bytes. */
export function sealOf(codec: Codec): Pick<Codec, "seal" | "unseal" | "isSealCurrent"> {
  const { seal, unseal, isSealCurrent } = codec;
  if (seal === undefined || unseal === undefined) return {};
  return { seal: seal.bind(codec), unseal: unseal.bind(codec), ...(isSealCurrent && { isSealCurrent: isSealCurrent.bind(codec) }) };
}
