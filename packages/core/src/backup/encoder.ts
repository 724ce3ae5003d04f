import type { RecordFormat } from "../entry/record-format.ts";
import type { Events } from "../report/events.ts";
import type { UnprotectedKeys } from "./unprotected.ts";

export interface EncoderParts {
  readonly records: RecordFormat;
  readonly events: Events;
  readonly unprotected: UnprotectedKeys;
  readonly now: () => number;
}

/** Turns values into bytes, and tells of those that no backup can keep. */
export class Encoder {
  readonly #parts: EncoderParts;

  constructor(parts: EncoderParts) {
    this.#parts = parts;
  }

  tryEncode(key: string, value: unknown): Uint8Array | undefined {
    const { records, unprotected } = this.#parts;
    try {
      const bytes = records.encodeValue(key, value);
      unprotected.delete(key);
      return bytes;
    } catch (error) {
      this.#unserializable(key, error);
      return undefined;
    }
  }

  /** A value that no backup can hold is a mistake in the program: if nobody listens, a warning says so, once for each key. */
  #unserializable(key: string, error: unknown): void {
    const { events, unprotected, now } = this.#parts;
    unprotected.add(key, error, now());
    if (!events.topics.backupFailed.isHeard) unprotected.warnOf(key, error);
    events.emit("backupFailed", { key, operation: "encode", error, retry: false });
  }
}
