import type { CodecContext } from "./codec/codec.ts";
import { recordId } from "./record-id.ts";

/** Computes the id only if a codec reads it: it is a hash, and most codecs ignore it. */
export class KeyContext implements CodecContext {
  readonly sealed: boolean | undefined;
  readonly #key: string;

  constructor(key: string, sealed?: boolean) {
    this.#key = key;
    this.sealed = sealed;
  }

  get id(): string {
    return recordId(this.#key);
  }
}
