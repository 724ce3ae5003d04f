import type { RecordFormat } from "../entry/record-format.ts";
import type { Events } from "../report/events.ts";
import type { UnprotectedKeys } from "./unprotected.ts";

export interface EncoderParts {
  readonly records: RecordFormat;
  readonly events: Events;
  readonly unprotected: UnprotectedKeys;
  readonly now: () => number;
}

/** Encodes values, and reports those that the codec refuses. */
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

  /** A value without a backup is a mistake in the program. If nobody listens to the event, a warning reports it, once per key. */
  #unserializable(key: string, error: unknown): void {
    const { events, unprotected, now } = this.#parts;
    unprotected.add(key, error, now());
    if (!events.topics.backupFailed.isHeard) unprotected.warnOf(key, error);
    events.emit("backupFailed", { key, operation: "encode", error, retry: false });
  }
}
