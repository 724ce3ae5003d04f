import type { Codec, CodecContext } from "./codec/codec.ts";
import { Entry, type Metadata } from "./entry.ts";
import { decodeEnvelope, encodeEnvelope, encodeHeader, type Envelope, type Unreadable } from "./envelope.ts";
import { decodesToText, encodedForCertain } from "./codec/certain.ts";
import { DatastoreError, messageOf } from "../report/errors.ts";
import { isPromiseLike } from "../base/async.ts";
import { isBytes, ownBytes } from "../base/bytes.ts";
import { assertRoundTrips, UnfaithfulError } from "./round-trip.ts";
import { placeOfRefusal } from "./place.ts";
import { KeyContext } from "./key-context.ts";
import { recordId } from "./record-id.ts";

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
  toBackupRecord(key: string, loadedAt: number, metadata: Metadata | undefined, payload: Uint8Array): Uint8Array {
    return this.#record({ key, codec: this.#codec.name, loadedAt, expiresAt: Infinity, stale: false, deleted: false, metadata, payload });
  }

  /** A record for a cache, with all times of the entry. */
  toCacheRecord(key: string, entry: Entry, payload: Uint8Array): Uint8Array {
    const { loadedAt, expiresAt, stale, metadata, stamp, filledAt } = entry;
    return this.#record({ key, codec: this.#codec.name, loadedAt, expiresAt, stale, deleted: false, metadata, payload, stamp, filledAt });
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
        const { loadedAt, expiresAt, stale, metadata, stamp, filledAt } = envelope;
        return new Entry(value, loadedAt, expiresAt, stale, metadata, stamp, filledAt);
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
    const codecs = this.#readable.filter(({ name }) => name === envelope.codec);
    if (codecs.length === 0) return "record of another codec";
    for (const codec of codecs) {
      try {
        const payload = unsealed(codec, envelope, context);
        return envelope.deleted ? undefined : made(decoded(codec, payload, context));
      } catch {
        continue;
      }
    }
    return "not decodable";
  }
}

function isReadBy(codec: Codec, envelope: Envelope): boolean {
  const context = new KeyContext(envelope.key, envelope.sealed === true);
  try {
    decoded(codec, unsealed(codec, envelope, context), context);
    return true;
  } catch {
    return false;
  }
}

function unsealed(codec: Codec, envelope: Envelope, { id }: CodecContext): Uint8Array {
  if (envelope.header === undefined) return envelope.payload;
  if (codec.unseal === undefined) throw new TypeError(`the codec ${codec.name} opens no seal`);
  return codec.unseal(envelope.payload, { id, header: envelope.header });
}

/** Returns a copy, because a codec may return the value's own memory, which its owner may change. */
function encoded(codec: Codec, value: unknown, context: CodecContext): Uint8Array {
  const bytes: unknown = codec.encode(value, context);
  if (isBytes(bytes)) return ownBytes(bytes);
  throw new TypeError(`encode of the codec ${codec.name} must return a Uint8Array; got ${notAwaited(bytes)}`);
}

/** Decodes a copy, because a codec may return a view of its input, which belongs to a store or to a write in progress. */
function decoded(codec: Codec, bytes: Uint8Array, context: CodecContext): unknown {
  const value = codec.decode(decodesToText(codec, bytes) ? bytes : ownBytes(bytes), context);
  if (isPromiseLike(value)) throw new TypeError(`decode of the codec ${codec.name} must return the value; got ${notAwaited(value)}`);
  return value;
}

/** Describes a wrong return value. If it is a promise, its rejection is ignored. */
function notAwaited(value: unknown): string {
  if (!isPromiseLike(value)) return value === null ? "null" : typeof value;
  value.then(undefined, () => {});
  return "a promise: a codec must not be asynchronous";
}
