import type { CodecContext } from "./codec/codec.ts";
import { recordId } from "./record-id.ts";

/** The id is a hash, and most codecs do not look at it: it is worked out for those that do. */
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
