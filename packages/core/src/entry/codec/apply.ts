import { isPromiseLike } from "../../base/async.ts";
import { isBytes, ownBytes } from "../../base/bytes.ts";
import type { Envelope } from "../envelope.ts";
import { decodesToText } from "./certain.ts";
import type { Codec, CodecContext } from "./codec.ts";

export function unsealed(codec: Codec, envelope: Envelope, { id }: CodecContext): Uint8Array {
  if (envelope.header === undefined) return envelope.payload;
  if (codec.unseal === undefined) throw new TypeError(`the codec ${codec.name} opens no seal`);
  return codec.unseal(envelope.payload, { id, header: envelope.header });
}

/** Returns a copy, because a codec may return the value's own memory, which its owner may change. */
export function encoded(codec: Codec, value: unknown, context: CodecContext): Uint8Array {
  const bytes: unknown = codec.encode(value, context);
  if (isBytes(bytes)) return ownBytes(bytes);
  throw new TypeError(`encode of the codec ${codec.name} must return a Uint8Array; got ${notAwaited(bytes)}`);
}

/** Decodes a copy, because a codec may return a view of its input, which belongs to a store or to a write in progress. */
export function decoded(codec: Codec, bytes: Uint8Array, context: CodecContext): unknown {
  const value = codec.decode(decodesToText(codec, bytes) ? bytes : ownBytes(bytes), context);
  if (isPromiseLike(value)) throw new TypeError(`decode of the codec ${codec.name} must return the value; got ${notAwaited(value)}`);
  return value;
}

/** Describes a wrong return value. If it is a promise, its rejection is ignored. */
function notAwaited(value: unknown): string {
  if (!isPromiseLike(value)) return value === null ? "null" : typeof value;
  value.then(undefined, () => {});
  return "a promise: a codec must not be asynchronous";
}
