import { PickleError } from "./pickle-error.ts";

/** The bytes of a pickle, read from the front. Numbers are little-endian but for floats, which are big-endian. */
export class Input {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get hasMore(): boolean {
    return this.#at < this.#bytes.length;
  }

  take(length: number): Buffer {
    const end = this.#at + length;
    if (!(end <= this.#bytes.length)) throw new PickleError("it is cut short");
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  byte(): number {
    return this.take(1).readUInt8();
  }

  uint16(): number {
    return this.take(2).readUInt16LE();
  }

  int32(): number {
    return this.take(4).readInt32LE();
  }

  uint32(): number {
    return this.take(4).readUInt32LE();
  }

  /** A length. One that is no safe number is longer than any file. */
  uint64(): number {
    return Number(this.take(8).readBigUInt64LE());
  }

  float(): number {
    return this.take(8).readDoubleBE();
  }

  /** Up to the end of the line, which is left out. */
  line(): Buffer {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end === -1) throw new PickleError("it is cut short");
    const line = this.take(end - this.#at);
    this.#at++;
    return line;
  }
}
