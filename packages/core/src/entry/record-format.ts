import type { Codec } from "./codec/codec.ts";
import { Entry, type Metadata } from "./entry.ts";
import { decodeEnvelope, encodeEnvelope, type Unreadable } from "./envelope.ts";
import { DatastoreError, messageOf } from "../report/errors.ts";
import { assertRoundTrips } from "./round-trip.ts";
import { recordId } from "./record-id.ts";

/** Turns the entries of keys into records and back, for every store that holds bytes. */
export class RecordFormat {
  readonly #codec: Codec;

  constructor(codec: Codec) {
    this.#codec = codec;
  }

  /** The value of a key as bytes, which have been decoded again and compared. Throws `UNSERIALIZABLE`. */
  encodeValue(key: string, value: unknown): Uint8Array {
    const context = { id: recordId(key) };
    try {
      const bytes = this.#codec.encode(value, context);
      assertRoundTrips(value, this.#codec.decode(bytes, context));
      return bytes;
    } catch (cause) {
      const message = `the codec ${this.#codec.name} cannot keep the value of ${JSON.stringify(key)}: ${messageOf(cause)}`;
      throw new DatastoreError("UNSERIALIZABLE", message, { key, cause });
    }
  }

  /** A record of a backup: it never expires, and the store keeps its stamp beside it. */
  toBackupRecord(key: string, loadedAt: number, metadata: Metadata | undefined, payload: Uint8Array): Uint8Array {
    return encodeEnvelope({ key, codec: this.#codec.name, loadedAt, expiresAt: Infinity, stale: false, deleted: false, metadata, payload });
  }

  /** A record of a cache, with all times of the entry. */
  toCacheRecord(key: string, entry: Entry, payload: Uint8Array): Uint8Array {
    const { loadedAt, expiresAt, stale, metadata, stamp, filledAt } = entry;
    return encodeEnvelope({ key, codec: this.#codec.name, loadedAt, expiresAt, stale, deleted: false, metadata, payload, stamp, filledAt });
  }

  /** A record that says that the key was deleted: what was loaded before is not its value any more. */
  tombstone(key: string, deletedAt: number): Uint8Array {
    const codec = this.#codec.name;
    const nothing = { expiresAt: Infinity, stale: false, metadata: undefined, payload: new Uint8Array() };
    return encodeEnvelope({ key, codec, loadedAt: deletedAt, deleted: true, ...nothing });
  }

  /** What orders the record among those of its key, and when it expires; `undefined` where it cannot be read. Its value is not decoded. */
  timesOf(key: string, record: Uint8Array): { readonly stamp: number; readonly expiresAt: number } | undefined {
    try {
      const envelope = decodeEnvelope(record, key, this.#codec.name);
      if (typeof envelope === "string") return undefined;
      return { stamp: envelope.stamp ?? envelope.loadedAt, expiresAt: envelope.expiresAt };
    } catch {
      return undefined;
    }
  }

  /** The entry in a record, `undefined` for a tombstone, or why the record cannot be used. Never throws, whatever a store returns. */
  fromRecord(key: string, record: Uint8Array): Entry | Unreadable | undefined {
    try {
      const envelope = decodeEnvelope(record, key, this.#codec.name);
      if (typeof envelope === "string") return envelope;
      if (envelope.deleted) return undefined;
      const value = this.#codec.decode(envelope.payload, { id: recordId(key) });
      const { loadedAt, expiresAt, stale, metadata, stamp, filledAt } = envelope;
      return new Entry(value, loadedAt, expiresAt, stale, metadata, stamp, filledAt);
    } catch {
      return "not decodable";
    }
  }
}
