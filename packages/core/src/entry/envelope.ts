import { zlib } from "../base/builtins.ts";
import { asBuffer } from "../base/bytes.ts";
import type { BackupCorruptReason } from "../report/events.ts";
import type { Metadata, SeenMarks } from "./entry.ts";
import type { Writable } from "./writable.ts";

/**
 * Bytes of a record, all numbers little-endian:
 *
 *     0  "LGD"            magic
 *     3  u8               format version
 *     4  u8               flags
 *     5  u8               length of the codec's name
 *     6  u32 u32 u32      lengths of key, metadata and payload
 *    18  f64 f64          loadedAt, expiresAt
 *    34  f64 f64          stamp, filledAt (by flag, in caches)
 *        codec name (ASCII), key (UTF-8, or UTF-16LE by flag), metadata (JSON or nothing; by flag, with the marks), payload
 *   end  u32              CRC-32 of everything before it
 *
 * The lengths reveal every truncation, and the checksum every flipped bit, before anything is decoded.
 */
export interface Envelope {
  readonly key: string;
  readonly codec: string;
  readonly loadedAt: number;
  readonly expiresAt: number;
  readonly stale: boolean;
  /** Whether the record is a tombstone: all older values of the key are deleted. */
  readonly deleted: boolean;
  readonly metadata: Metadata | undefined;
  readonly marks?: SeenMarks | undefined;
  readonly payload: Uint8Array;
  /** Whether the payload begins with a seal that binds it to the header. */
  readonly sealed?: boolean;
  /** The input of the seal: all bytes before the payload, with the length of the payload set to 0. */
  readonly header?: Uint8Array;
  /** Orders the copies of a key, if it differs from `loadedAt`. A backup keeps the stamp beside the record. */
  readonly stamp?: number;
  /** When the copy was cached, in epoch milliseconds. */
  readonly filledAt?: number;
}

/** Why the bytes of a record count as absent. */
export type Unreadable = Exclude<BackupCorruptReason, "not readable">;

const MAGIC = 0x44474c; // "LGD" read as a little-endian number
const VERSION = 1;
const HEADER = 34;
const LENGTH_OF_PAYLOAD_AT = 14;
const CHECKSUM = 4;
const STALE = 1;
const KEY_IS_UTF16 = 2;
const DELETED = 4;
const HAS_TIMES = 8;
const SEALED = 16;
const HAS_MARKS = 32;
const TIMES = 16;

export function encodeEnvelope(envelope: Envelope): Buffer {
  const { key, codec, payload } = envelope;
  const wellFormed = key.isWellFormed(); // UTF-8 cannot hold a lone surrogate
  const keyEncoding = wellFormed ? "utf8" : "utf16le";
  const metadata = encodedNotes(envelope);
  const hasTimes = envelope.stamp !== undefined || envelope.filledAt !== undefined;
  const codecAt = hasTimes ? HEADER + TIMES : HEADER;
  const keyAt = codecAt + codec.length;
  const metadataAt = keyAt + Buffer.byteLength(key, keyEncoding);
  const payloadAt = metadataAt + Buffer.byteLength(metadata);
  const end = payloadAt + payload.length;
  const bytes = Buffer.allocUnsafe(end + CHECKSUM);

  bytes.writeUIntLE(MAGIC, 0, 3);
  bytes[3] = VERSION;
  bytes[4] = flagsOf(envelope) | (wellFormed ? 0 : KEY_IS_UTF16) | (hasTimes ? HAS_TIMES : 0);
  bytes[5] = codec.length;
  bytes.writeUInt32LE(metadataAt - keyAt, 6);
  bytes.writeUInt32LE(payloadAt - metadataAt, 10);
  bytes.writeUInt32LE(payload.length, 14);
  bytes.writeDoubleLE(envelope.loadedAt, 18);
  bytes.writeDoubleLE(envelope.expiresAt, 26);
  if (hasTimes) {
    bytes.writeDoubleLE(envelope.stamp ?? envelope.loadedAt, 34);
    bytes.writeDoubleLE(envelope.filledAt ?? envelope.loadedAt, 42);
  }
  bytes.write(codec, codecAt, "latin1");
  bytes.write(key, keyAt, keyEncoding);
  if (metadata !== "") bytes.write(metadata, metadataAt);
  bytes.set(payload, payloadAt);
  bytes.writeUInt32LE(zlib().crc32(bytes.subarray(0, end)), end);
  return bytes;
}

function flagsOf({ stale, deleted, sealed, marks }: Envelope): number {
  return (stale ? STALE : 0) | (deleted ? DELETED : 0) | (sealed === true ? SEALED : 0) | (marks === undefined ? 0 : HAS_MARKS);
}

function encodedNotes({ metadata, marks }: Envelope): string {
  if (marks !== undefined) return JSON.stringify({ metadata, marks });
  return metadata === undefined ? "" : JSON.stringify(metadata);
}

type Notes = Pick<Envelope, "metadata" | "marks">;

const NO_NOTES: Notes = { metadata: undefined };

/** What `encodedNotes` wrote. Throws for marks that are none. */
function decodedNotes(json: string, hasMarks: boolean): Notes {
  const notes: unknown = JSON.parse(json);
  if (!hasMarks) return { metadata: notes as Metadata }; // written above
  const { metadata, marks } = notes as { readonly metadata?: Metadata; readonly marks: unknown }; // as above
  return { metadata, marks: checkedMarks(marks) };
}

/** Every hit goes through them, so nothing else may get there. */
function checkedMarks(marks: unknown): SeenMarks {
  const isMark = (mark: unknown): boolean => Array.isArray(mark) && typeof mark[0] === "string" && Number.isSafeInteger(mark[1]);
  if (Array.isArray(marks) && marks.every(isMark)) return marks as unknown as SeenMarks;
  throw new TypeError("a record has marks that are none");
}

/** All bytes before the payload, with its length set to 0: the seal is part of the payload, and is computed from these bytes. */
export function encodeHeader(envelope: Omit<Envelope, "payload">): Buffer {
  return encodeEnvelope({ ...envelope, payload: new Uint8Array() }).subarray(0, -CHECKSUM);
}

/** The envelope in `record`, or the reason why it is unusable. `key` and `codec` must match unless they are `undefined`. */
export function decodeEnvelope(record: Uint8Array, key: string | undefined, codec: string | undefined): Envelope | Unreadable {
  const bytes = asBuffer(record);
  if (bytes.length < HEADER + CHECKSUM || bytes.readUIntLE(0, 3) !== MAGIC) return "not a lastgood record";
  if (bytes.readUInt8(3) > VERSION) return "newer format";
  if (zlib().crc32(bytes.subarray(0, -CHECKSUM)) !== bytes.readUInt32LE(bytes.length - CHECKSUM)) return "damaged";
  return readChecked(bytes, key, codec);
}

/** Whether a record is as it was written, as far as its checksum tells. One of a later release may be. */
export function isWhole(record: Uint8Array): boolean {
  const envelope = decodeEnvelope(record, undefined, undefined);
  return typeof envelope !== "string" || envelope === "newer format";
}

function headerIn(record: Buffer, payloadAt: number): Buffer {
  return Buffer.from(record.subarray(0, payloadAt)).fill(0, LENGTH_OF_PAYLOAD_AT, LENGTH_OF_PAYLOAD_AT + 4);
}

function readChecked(bytes: Buffer, key: string | undefined, codec: string | undefined): Envelope | Unreadable {
  const flags = bytes.readUInt8(4);
  const hasTimes = (flags & HAS_TIMES) !== 0;
  const codecAt = hasTimes ? HEADER + TIMES : HEADER;
  const keyAt = codecAt + bytes.readUInt8(5);
  const metadataAt = keyAt + bytes.readUInt32LE(6);
  const payloadAt = metadataAt + bytes.readUInt32LE(10);
  const end = payloadAt + bytes.readUInt32LE(14);
  if (end + CHECKSUM !== bytes.length) return "damaged";
  const ownKey = bytes.toString((flags & KEY_IS_UTF16) === 0 ? "utf8" : "utf16le", keyAt, metadataAt);
  if (key !== undefined && ownKey !== key) return "record of another key";
  const ownCodec = bytes.toString("latin1", codecAt, keyAt);
  if (codec !== undefined && ownCodec !== codec) return "record of another codec";
  const notes = payloadAt === metadataAt ? NO_NOTES : decodedNotes(bytes.toString("utf8", metadataAt, payloadAt), (flags & HAS_MARKS) !== 0);
  const envelope: Writable<Envelope> = {
    key: ownKey,
    codec: ownCodec,
    loadedAt: bytes.readDoubleLE(18),
    expiresAt: bytes.readDoubleLE(26),
    stale: (flags & STALE) !== 0,
    deleted: (flags & DELETED) !== 0,
    metadata: notes.metadata,
    payload: bytes.subarray(payloadAt, end),
  };
  if (hasTimes) {
    envelope.stamp = bytes.readDoubleLE(34);
    envelope.filledAt = bytes.readDoubleLE(42);
  }
  if (notes.marks !== undefined) envelope.marks = notes.marks;
  if ((flags & SEALED) !== 0) {
    envelope.sealed = true;
    envelope.header = headerIn(bytes, payloadAt);
  }
  return envelope;
}
