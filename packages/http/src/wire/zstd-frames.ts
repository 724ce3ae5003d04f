const MAGIC = 0xfd2f_b528;
const SKIPPABLE = 0x184d_2a5;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4];
const RUN_LENGTH = 1;
const RESERVED = 3;

/** A part of a frame that has to be read: how many bytes it has, and what follows it. */
interface Part {
  readonly length: number;
  readonly read: (bytes: readonly number[]) => void;
}

/** Follows the frames of a zstd stream (RFC 8878): Node takes a stream that breaks off for a whole one, and reads no frame but the first. */
export class ZstdFrames {
  /** Where each frame with data begins and ends, in bytes from the start. */
  readonly found: { readonly start: number; readonly end: number }[] = [];
  #start = 0;
  #at = 0;
  #unread = 0;
  #begun: number[] = [];
  #hasChecksum = false;
  #isBroken = false;
  readonly #magic: Part = { length: 4, read: (bytes) => this.#readMagic(numberOf(bytes)) };
  readonly #skippable: Part = { length: 4, read: (bytes) => this.#endFrame(numberOf(bytes), false) };
  readonly #descriptor: Part = { length: 1, read: ([byte = 0]) => this.#readDescriptor(byte) };
  readonly #block: Part = { length: 3, read: (bytes) => this.#readBlock(numberOf(bytes)) };
  #part = this.#magic;

  /** Whether what has been pushed ends with a frame, and has nothing else in it. */
  get isWhole(): boolean {
    return !this.#isBroken && this.#part === this.#magic && this.#begun.length === 0 && this.#unread === 0 && this.found.length > 0;
  }

  /** The next bytes of the stream. */
  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length && !this.#isBroken; ) {
      const passed = Math.min(this.#unread, bytes.length - at);
      this.#unread -= passed;
      at += passed;
      this.#at += passed;
      const byte = bytes[at];
      if (byte === undefined) return;
      at++;
      this.#at++;
      this.#take(byte);
    }
  }

  #take(byte: number): void {
    this.#begun.push(byte);
    if (this.#begun.length < this.#part.length) return;
    const bytes = this.#begun;
    this.#begun = [];
    this.#part.read(bytes);
  }

  #readMagic(magic: number): void {
    if (magic === MAGIC) this.#part = this.#descriptor;
    else if (magic >>> 4 === SKIPPABLE) this.#part = this.#skippable;
    else this.#isBroken = true;
  }

  #readDescriptor(byte: number): void {
    const isSingleSegment = (byte & 0x20) !== 0;
    const sizeFlag = byte >>> 6;
    const sizeBytes = sizeFlag === 0 ? Number(isSingleSegment) : 1 << sizeFlag;
    this.#hasChecksum = (byte & 0x04) !== 0;
    this.#unread = Number(!isSingleSegment) + (DICTIONARY_ID_BYTES[byte & 3] ?? 0) + sizeBytes;
    this.#part = this.#block;
  }

  #readBlock(header: number): void {
    const type = (header >>> 1) & 3;
    const length = type === RUN_LENGTH ? 1 : header >>> 3;
    this.#isBroken = type === RESERVED;
    const isLast = (header & 1) === 1;
    if (isLast) this.#endFrame(length + (this.#hasChecksum ? 4 : 0), true);
    else this.#unread = length;
  }

  /** Of the frame, so many bytes are still to come. */
  #endFrame(rest: number, hasData: boolean): void {
    const end = this.#at + rest;
    if (hasData) this.found.push({ start: this.#start, end });
    this.#start = end;
    this.#unread = rest;
    this.#part = this.#magic;
  }
}

/** The least significant byte comes first. */
function numberOf(bytes: readonly number[]): number {
  return bytes.reduceRight((number, byte) => number * 256 + byte, 0);
}
