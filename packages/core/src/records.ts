import type { Codec } from "./codec/codec.ts";
import { Entry } from "./entry.ts";
import { decodeEnvelope, encodeEnvelope, type Unreadable } from "./envelope.ts";
import { recordId } from "./record-id.ts";

/** Turns the entries of keys into records and back, for every store that holds bytes. */
export class Records {
  readonly #codec: Codec;

  constructor(codec: Codec) {
    this.#codec = codec;
  }

  /** The value of a key as bytes. Throws `UNSERIALIZABLE`. */
  payload(key: string, value: unknown): Uint8Array {
    return this.#codec.encode(value, { id: recordId(key) });
  }

  /** A record with the times of the entry and the payload of its value. */
  encode(key: string, entry: Entry, payload: Uint8Array): Uint8Array {
    const { loadedAt, expiresAt, stale } = entry;
    return encodeEnvelope({ key, codec: this.#codec.name, loadedAt, expiresAt, stale, payload });
  }

  /** The entry in a record, or why it counts as absent. Never throws: what a store returns may be anything. */
  decode(key: string, record: Uint8Array): Entry | Unreadable {
    const envelope = decodeEnvelope(record, key, this.#codec.name);
    if (typeof envelope === "string") return envelope;
    try {
      const value = this.#codec.decode(envelope.payload, { id: recordId(key) });
      return new Entry(value, envelope.loadedAt, envelope.expiresAt, envelope.stale);
    } catch {
      return "not decodable";
    }
  }
}
