/**
 * Turns a value into bytes and back. `decode(encode(value))` must give a value that deep-equals the first, and `encode` throws
 * for a value of which that is not true. Decoding must never run anything that it finds in the bytes.
 */
export interface Codec {
  /** Written into every record: a record of another codec is not read. 1 to 255 bytes of ASCII. */
  readonly name: string;
  encode(value: unknown, context: CodecContext): Uint8Array;
  decode(bytes: Uint8Array, context: CodecContext): unknown;
}

export interface CodecContext {
  /** The id under which the record is stored. An encrypting codec binds the bytes to it. */
  readonly id: string;
}
