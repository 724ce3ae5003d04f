import { util } from "./builtins.ts";

/** A copy with a buffer of exactly its own. `Buffer.from` would take it from a pool that other values live in. */
export function ownBytes(bytes: Uint8Array): Buffer {
  const own = Buffer.allocUnsafeSlow(bytes.byteLength);
  own.set(bytes);
  return own;
}

/** Whether the value is a Uint8Array, a Buffer included, of any realm. */
export function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array || util().types.isUint8Array(value);
}

export function asBuffer({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
