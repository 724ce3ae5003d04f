import { isObject } from "../../base/foreign.ts";
import { mustBe } from "../../base/shown.ts";

/**
 * Turns a value into bytes and back. `decode(encode(value))` must give a value that deep-equals the first, and `encode` throws
 * for a value of which that is not true. Both answer at once: a promise is refused. Decoding must never run anything that it finds in the bytes.
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
  /** Written into every record: a record of a codec that is neither `codec` nor listed in `readable` is not read. 1 to 255 bytes of ASCII. */
  readonly name: string;
  encode(value: unknown, context: CodecContext): Uint8Array;
  decode(bytes: Uint8Array, context: CodecContext): unknown;
  /**
   * What stands before the payload of a record and proves that header and payload belong together. Made for each record, when its times
   * are known; `encode` was called before. A codec with a seal keeps secrets: outage records are written with it as well.
   */
  seal?(payload: Uint8Array, context: SealContext): Uint8Array;
  /** The payload behind the seal. Throws if the seal is not of this header and payload. */
  unseal?(sealed: Uint8Array, context: SealContext): Uint8Array;
  /** Whether `seal` would use the same key today. Left out by a codec that has one key. */
  isSealCurrent?(sealed: Uint8Array): boolean;
}

/** What a codec learns of the record that it encodes or decodes. */
export interface CodecContext {
  /** The id under which the record is stored. An encrypting codec binds the bytes to it. */
  readonly id: string;
  /** `false`: the bytes come from a record without a seal. */
  readonly sealed?: boolean | undefined;
}

export interface SealContext extends CodecContext {
  /** The header of the record: its format, flags, times, key, codec and metadata. */
  readonly header: Uint8Array;
}

/** Throws for what is no codec. `name` says whose option it is, such as "new Datastore: codec". */
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

/** The seal of the codec within, for a codec that wraps it: it is made of what the wrapper has made. */
export function sealOf(codec: Codec): Pick<Codec, "seal" | "unseal" | "isSealCurrent"> {
  const { seal, unseal, isSealCurrent } = codec;
  if (seal === undefined || unseal === undefined) return {};
  return { seal: seal.bind(codec), unseal: unseal.bind(codec), ...(isSealCurrent && { isSealCurrent: isSealCurrent.bind(codec) }) };
}
