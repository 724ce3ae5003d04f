import { asBuffer } from "../base/bytes.ts";
import { decodeEnvelope, encodeEnvelope } from "./envelope.ts";

/** What a note says, and the key that it names. */
export interface Note {
  readonly key: string;
  readonly content: unknown;
}

/** A record that has no value of a key: JSON in an envelope, whose codec says of which kind it is. It never expires. */
export function encodeNote(kind: string, key: string, at: number, content: object): Uint8Array {
  const payload = Buffer.from(JSON.stringify(content));
  return encodeEnvelope({ key, codec: kind, loadedAt: at, payload, expiresAt: Infinity, stale: false, deleted: false, metadata: undefined });
}

/** The note in these bytes; `undefined` if they are damaged, of another kind, or name another key than the given one. */
export function decodeNote(kind: string, bytes: Uint8Array, key?: string): Note | undefined {
  const envelope = decodeEnvelope(bytes, key, kind);
  return typeof envelope === "string" ? undefined : { key: envelope.key, content: parsed(envelope.payload) };
}

function parsed(json: Uint8Array): unknown {
  try {
    return JSON.parse(asBuffer(json).toString());
  } catch {
    return undefined;
  }
}
