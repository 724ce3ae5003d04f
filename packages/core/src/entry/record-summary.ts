import type { Metadata } from "./entry.ts";
import { decodeEnvelope, type Unreadable } from "./envelope.ts";

/** What a record says of itself, its value left alone. */
export interface RecordSummary {
  readonly key: string;
  readonly codec: string;
  readonly loadedAt: number;
  readonly deleted: boolean;
  readonly metadata: Metadata | undefined;
}

/** Never throws, whatever a store returns: what cannot be read says why. */
export function describeRecord(record: Uint8Array): RecordSummary | Unreadable {
  try {
    const envelope = decodeEnvelope(record, undefined, undefined);
    if (typeof envelope === "string") return envelope;
    const { key, codec, loadedAt, deleted, metadata } = envelope;
    return { key, codec, loadedAt, deleted, metadata };
  } catch {
    return "not decodable";
  }
}
