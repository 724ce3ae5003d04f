/** Collects bytes up to a limit. What would go over it is not kept, and `full` says so. */
export class CappedOutput {
  readonly #chunks: Uint8Array[] = [];
  readonly #maxBytes: number;
  #size = 0;
  #full = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  add(chunk: Uint8Array): void {
    if (this.#full || this.#size + chunk.byteLength > this.#maxBytes) {
      this.#full = true;
      return;
    }
    this.#chunks.push(chunk);
    this.#size += chunk.byteLength;
  }

  /** Whether there was more than the limit allows. */
  get full(): boolean {
    return this.#full;
  }

  get bytes(): Uint8Array {
    return Buffer.concat(this.#chunks);
  }
}
