import { util } from "./builtins.ts";

/** A copy in a buffer of its own. `Buffer.from` would allocate it in a pool that it shares with other values. */
export function ownBytes(bytes: Uint8Array): Buffer {
  const own = Buffer.allocUnsafeSlow(bytes.byteLength);
  own.set(bytes);
  return own;
}

/** Whether the value is a Uint8Array (or a Buffer) of any realm. */
export function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array || util().types.isUint8Array(value);
}

export function asBuffer(view: ArrayBufferView): Buffer {
  if (Buffer.isBuffer(view)) return view;
  const { buffer, byteOffset, byteLength } = view;
  return Buffer.from(buffer, byteOffset, byteLength);
}
