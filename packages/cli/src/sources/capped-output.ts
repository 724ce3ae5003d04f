/** Collects chunks up to a limit. The first chunk that exceeds the limit is dropped with all that follow, and `full` is set. */
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

  /** Whether the output exceeded the limit. */
  get full(): boolean {
    return this.#full;
  }

  get bytes(): Uint8Array {
    return Buffer.concat(this.#chunks);
  }
}
