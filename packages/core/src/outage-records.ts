import type { BackupAdapter } from "./adapter.ts";
import { decodeEnvelope, encodeEnvelope } from "./envelope.ts";
import type { Guard } from "./guard.ts";
import { KeyedQueue } from "./keyed-queue.ts";
import { listing } from "./listing.ts";
import { recordId } from "./record-id.ts";

/** A key that is served from its backup, as any process sees it. Times are epoch milliseconds. */
export interface OutageRecord {
  readonly key: string;
  /** When the first load failed that has not been made good since. */
  readonly since: number;
  /** When the last one failed. */
  readonly at: number;
  /** Failed loads in a row. */
  readonly failures: number;
  /** What the last one failed with, without its stack. */
  readonly error: { readonly name: string; readonly message: string };
}

// "_" is in no id of a key, so an outage record is taken for no other record.
const PREFIX = "o_";
const CODEC = "outage";

/** Outages kept beside the backups, in the same store, so that another process can tell which keys fail, since when and why. */
export class OutageRecords {
  readonly #adapter: BackupAdapter;
  readonly #guard: Guard;
  readonly #queue = new KeyedQueue();

  constructor(adapter: BackupAdapter, guard: Guard) {
    this.#adapter = adapter;
    this.#guard = guard;
  }

  async read(key: string): Promise<OutageRecord | undefined> {
    const record = await this.#guard.call("read", key, (call) => this.#adapter.read(PREFIX + recordId(key), call));
    return record && decode(record.bytes);
  }

  async write(outage: OutageRecord): Promise<void> {
    await this.#queue.run(outage.key, () =>
      this.#guard.call("write", outage.key, (call) =>
        this.#adapter.write(PREFIX + recordId(outage.key), encode(outage), Object.assign(call, { loadedAt: outage.at, usedAt: outage.at })),
      ),
    );
  }

  async delete(key: string): Promise<void> {
    await this.#queue.run(key, () =>
      this.#guard.call("delete", key, (call) => this.#adapter.delete(PREFIX + recordId(key), call)),
    );
  }

  /** Every outage that is not over: a process that loaded the key since then may have known nothing of it. */
  async *list(): AsyncIterable<OutageRecord & { readonly loadedAt: number }> {
    for await (const { id } of listing(this.#adapter, this.#guard)) {
      if (!id.startsWith(PREFIX)) continue;
      const record = await this.#guard.call("read", undefined, (call) => this.#adapter.read(id, call));
      const outage = record && decode(record.bytes);
      if (outage === undefined) continue;
      const backup = await this.#guard.call("read", outage.key, (call) => this.#adapter.read(recordId(outage.key), call));
      if (backup !== undefined && backup.loadedAt < outage.at) yield { ...outage, loadedAt: backup.loadedAt };
    }
  }
}

function encode({ key, ...outage }: OutageRecord): Uint8Array {
  const payload = Buffer.from(JSON.stringify(outage));
  const nothing = { expiresAt: Infinity, stale: false, deleted: false, metadata: undefined };
  return encodeEnvelope({ key, codec: CODEC, loadedAt: outage.at, payload, ...nothing });
}

/** `undefined` for what is damaged or none of ours. */
function decode(bytes: Uint8Array): OutageRecord | undefined {
  const envelope = decodeEnvelope(bytes, undefined, CODEC);
  if (typeof envelope === "string") return undefined;
  const outage = JSON.parse(Buffer.from(envelope.payload).toString()) as Omit<OutageRecord, "key">; // written by encode
  return { key: envelope.key, ...outage };
}
