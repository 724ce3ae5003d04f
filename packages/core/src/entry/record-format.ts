import type { Codec, CodecContext } from "./codec/codec.ts";
import { Entry, type Metadata, type SeenMarks } from "./entry.ts";
import { decodeEnvelope, encodeEnvelope, encodeHeader, type Envelope, type Unreadable } from "./envelope.ts";
import { decoded, encoded, unsealed } from "./codec/apply.ts";
import { encodedForCertain } from "./codec/certain.ts";
import { DatastoreError, messageOf } from "../report/errors.ts";
import { isMarkKey } from "../base/stored-key.ts";
import { assertRoundTrips, UnfaithfulError } from "./round-trip.ts";
import { placeOfRefusal } from "./place.ts";
import { KeyContext } from "./key-context.ts";
import { recordId } from "./record-id.ts";

const NO_BYTES = new Uint8Array();

/** The value of the entry of a mark, whose stamp is all that it says. */
export const MARK_VALUE = "mark";

/** What a backup keeps of a value. */
export interface BackupContent {
  readonly key: string;
  /** Epoch milliseconds at which the load of the value began. */
  readonly loadedAt: number;
  readonly payload: Uint8Array;
  readonly metadata?: Metadata | undefined;
  readonly marks?: SeenMarks | undefined;
}

/** Converts entries to records and back, for every store of bytes. */
export class RecordFormat {
  readonly #codec: Codec;
  readonly #readable: readonly Codec[];

  /** Writes with `codec`, and reads records of `codec` and `readable`. */
  constructor(codec: Codec, readable: readonly Codec[] = []) {
    this.#codec = codec;
    this.#readable = [codec, ...readable];
  }

  /** Whether data beside the records must be encrypted too. */
  get keepsSecrets(): boolean {
    return this.#codec.seal !== undefined;
  }

  /** Encodes the value of a key. Decodes the bytes again and compares, unless the result is certain. Throws `UNSERIALIZABLE`. */
  encodeValue(key: string, value: unknown): Uint8Array {
    if (isMarkKey(key)) return NO_BYTES;
    const context = new KeyContext(key);
    try {
      const certain = encodedForCertain(this.#codec, value);
      if (certain !== undefined) return certain;
      const bytes = encoded(this.#codec, value, context);
      assertRoundTrips(value, decoded(this.#codec, bytes, context));
      return bytes;
    } catch (cause) {
      const path = cause instanceof UnfaithfulError ? cause.path : placeOfRefusal(value, (part) => encoded(this.#codec, part, context));
      const place = cause instanceof UnfaithfulError || path === "value" ? "" : `${path}: `;
      const message = `the codec ${this.#codec.name} cannot keep the value of ${JSON.stringify(key)}: ${place}${messageOf(cause)}`;
      throw new DatastoreError("UNSERIALIZABLE", message, { key, path, operation: "encode", cause });
    }
  }

  /** A record for a backup. It never expires, and the store keeps its stamp beside it. */
  toBackupRecord({ key, loadedAt, metadata, marks, payload }: BackupContent): Uint8Array {
    return this.#record({ key, codec: this.#codec.name, loadedAt, expiresAt: Infinity, stale: false, deleted: false, metadata, marks, payload });
  }

  /** A record for a cache, with all times of the entry. */
  toCacheRecord(key: string, entry: Entry, payload: Uint8Array): Uint8Array {
    const { loadedAt, expiresAt, stale, metadata, marks, stamp, filledAt } = entry;
    return this.#record({ key, codec: this.#codec.name, loadedAt, expiresAt, stale, deleted: false, metadata, marks, payload, stamp, filledAt });
  }

  /** A record that says that the key was deleted, so that values loaded before are no longer valid. */
  tombstone(key: string, deletedAt: number): Uint8Array {
    const nothing = { expiresAt: Infinity, stale: false, metadata: undefined, payload: new Uint8Array() };
    return this.#record({ key, codec: this.#codec.name, loadedAt: deletedAt, deleted: true, ...nothing });
  }

  /** The times of a record, without decoding its value; `undefined` if the record cannot be read. */
  timesOf(key: string, record: Uint8Array): { readonly loadedAt: number; readonly stamp: number; readonly expiresAt: number } | undefined {
    try {
      const envelope = decodeEnvelope(record, key, undefined);
      if (typeof envelope === "string" || !this.#readable.some(({ name }) => name === envelope.codec)) return undefined;
      const { loadedAt, stamp = loadedAt, expiresAt } = envelope;
      return { loadedAt, stamp, expiresAt };
    } catch {
      return undefined;
    }
  }

  /** The entry in a record, `undefined` for a tombstone, or the reason why the record is unusable. Never throws, whatever a store returns. */
  fromRecord(key: string, record: Uint8Array): Entry | Unreadable | undefined {
    try {
      const envelope = decodeEnvelope(record, key, undefined);
      if (typeof envelope === "string") return envelope;
      return this.#open(envelope, new KeyContext(key, envelope.sealed === true), (value) => {
        const { loadedAt, expiresAt, stale, metadata, marks, stamp, filledAt } = envelope;
        return new Entry(value, loadedAt, expiresAt, stale, metadata, stamp, filledAt).marked(marks);
      });
    } catch {
      return "not decodable";
    }
  }

  /**
   * Whether a readable record would be written differently today: with another codec, or sealed with another key. Once no such record
   * is left, the old codec or key may be removed from the program.
   */
  isOutdated(key: string, record: Uint8Array): boolean {
    try {
      const envelope = decodeEnvelope(record, key, undefined);
      return typeof envelope !== "string" && !this.#isAsWrittenToday(envelope);
    } catch {
      return false;
    }
  }

  /** Encrypts a secret that is stored beside the records, under an id of its own. */
  sealAside(id: string, at: number, secret: unknown): Uint8Array {
    const payload = encoded(this.#codec, secret, { id });
    return this.#record({ key: "", codec: this.#codec.name, loadedAt: at, expiresAt: Infinity, stale: false, deleted: false, metadata: undefined, payload }, id);
  }

  /** Decrypts what `sealAside` returned; `undefined` for other records. */
  openAside(id: string, record: Uint8Array): unknown {
    try {
      const envelope = decodeEnvelope(record, "", undefined);
      if (typeof envelope === "string" || envelope.sealed !== true) return undefined;
      const opened = this.#open(envelope, { id, sealed: true }, (secret) => ({ secret }));
      return typeof opened === "object" ? opened.secret : undefined;
    } catch {
      return undefined;
    }
  }

  #isAsWrittenToday(envelope: Envelope): boolean {
    const codec = this.#codec;
    const { codec: name, payload, sealed = false } = envelope;
    if (name !== codec.name || sealed !== this.keepsSecrets) return false;
    if (sealed && codec.isSealCurrent?.(payload) === false) return false;
    const hasNamesakes = this.#readable.some((other) => other !== codec && other.name === name);
    return !hasNamesakes || isReadBy(codec, envelope);
  }

  /** Computes the id only for a seal: it is a hash, and every miss makes two records. */
  #record(envelope: Envelope, id?: string): Uint8Array {
    const { seal } = this.#codec;
    if (seal === undefined) return encodeEnvelope(envelope);
    const sealed: Envelope = { ...envelope, sealed: true };
    const payload = seal.call(this.#codec, sealed.payload, { id: id ?? recordId(sealed.key), header: encodeHeader(sealed) });
    return encodeEnvelope({ ...sealed, payload });
  }

  /** Tries all codecs of the record's name, because two that encrypt with different keys have the same name. */
  #open<T>(envelope: Envelope, context: CodecContext, made: (value: unknown) => T): T | Unreadable | undefined {
    let reason: Unreadable = "record of another codec";
    for (const codec of this.#readable) {
      if (codec.name !== envelope.codec) continue;
      try {
        const payload = unsealed(codec, envelope, context);
        return envelope.deleted ? undefined : made(valueOf(envelope, codec, payload, context));
      } catch {
        reason = "not decodable";
      }
    }
    return reason;
  }
}

/** A mark has no value, so that any codec can keep it. Without a value to decrypt, its seal alone proves that it is genuine. */
function valueOf({ key, sealed = false }: Envelope, codec: Codec, payload: Uint8Array, context: CodecContext): unknown {
  if (!isMarkKey(key)) return decoded(codec, payload, context);
  if (codec.seal !== undefined && !sealed) throw new Error("the mark has lost its seal");
  return MARK_VALUE;
}

function isReadBy(codec: Codec, envelope: Envelope): boolean {
  const context = new KeyContext(envelope.key, envelope.sealed === true);
  try {
    valueOf(envelope, codec, unsealed(codec, envelope, context), context);
    return true;
  } catch {
    return false;
  }
}
