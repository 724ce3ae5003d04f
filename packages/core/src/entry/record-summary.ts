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

/**
 * What a record says of itself, or why it cannot be read. Checks its sum, and decodes nothing. Never throws, whatever a store returns.
 *
 * @example
 * ```ts
 * import { describeRecord } from "@lastgood/core/adapter";
 *
 * const summary = describeRecord(new Uint8Array(100)); // "not a lastgood record"
 * ```
 */
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
