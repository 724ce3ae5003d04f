import { endOf } from "./frames.ts";

/** What a server sends, in pieces that may end anywhere. A long answer is put together once, when its last piece is there. */
export class Incoming {
  #pieces: Buffer[] = [];
  #length = 0;
  #wanted = 0;

  /** The bytes that were kept and these; `undefined` while the answer that they begin is not whole. */
  add(piece: Buffer): Buffer | undefined {
    if (this.#length === 0) return piece;
    this.#pieces.push(piece);
    this.#length += piece.length;
    return this.#length < this.#wanted ? undefined : this.#take();
  }

  /** Keeps the beginning of an answer. */
  keep(beginning: Buffer): void {
    if (beginning.length === 0) return;
    this.#pieces = [beginning];
    this.#length = beginning.length;
    this.#wanted = endOf(beginning, 0);
  }

  #take(): Buffer {
    const bytes = Buffer.concat(this.#pieces, this.#length);
    this.#pieces = [];
    this.#length = 0;
    return bytes;
  }
}
