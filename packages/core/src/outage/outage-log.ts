import { KeyedQueue } from "../base/keyed-queue.ts";
import type { GuardedBackup } from "../backup/guarded-backup.ts";
import type { ToldError } from "../report/told-error.ts";
import { decodeEnvelope, encodeEnvelope } from "../entry/envelope.ts";
import type { RecordFormat } from "../entry/record-format.ts";
import { recordId } from "../entry/record-id.ts";

/** A key that is served from its backup, as any process sees it. Times are epoch milliseconds. */
export interface OutageRecord {
  readonly key: string;
  /** When the first load failed that has not been made good since. */
  readonly since: number;
  /** When the last one failed. */
  readonly at: number;
  /** Failed loads in a row. */
  readonly failures: number;
  /** What the last one failed with, and why, without stacks. */
  readonly error: ToldError;
}

// "_" is in no id of a key, so an outage record is taken for no other record.
export const OUTAGE_PREFIX = "o_";
const CODEC = "outage";

/** Outages kept beside the backups, in the same store, so that another process can tell which keys fail, since when and why. */
export class OutageLog {
  readonly #log: GuardedBackup;
  readonly #backups: GuardedBackup;
  readonly #records: RecordFormat;
  readonly #queue = new KeyedQueue();

  constructor(log: GuardedBackup, backups: GuardedBackup, records: RecordFormat) {
    this.#log = log;
    this.#backups = backups;
    this.#records = records;
  }

  async read(key: string): Promise<OutageRecord | undefined> {
    const record = await this.#log.read(key);
    return record && this.#decode(OUTAGE_PREFIX + recordId(key), record.bytes);
  }

  async write(outage: OutageRecord): Promise<void> {
    await this.#queue.run(outage.key, () => this.#log.write(outage.key, this.#encode(outage), outage.at, outage.at));
  }

  async delete(key: string): Promise<void> {
    await this.#queue.run(key, () => this.#log.delete(key));
  }

  /** Every outage that is not over: a process that loaded the key since then may have known nothing of it. */
  async *list(): AsyncIterable<OutageRecord & { readonly loadedAt: number }> {
    for await (const { id } of this.#log.list()) {
      if (!id.startsWith(OUTAGE_PREFIX)) continue;
      const record = await this.#log.readId(id);
      const outage = record && this.#decode(id, record.bytes);
      if (outage === undefined) continue;
      const backup = await this.#backups.read(outage.key);
      if (backup !== undefined && backup.loadedAt < outage.at) yield { ...outage, loadedAt: backup.loadedAt };
    }
  }

  /** In a store whose codec keeps secrets the key and the message are secrets too. */
  #encode(outage: OutageRecord): Uint8Array {
    if (!this.#records.keepsSecrets) return encode(outage);
    return this.#records.sealAside(OUTAGE_PREFIX + recordId(outage.key), outage.at, outage);
  }

  #decode(id: string, bytes: Uint8Array): OutageRecord | undefined {
    const sealed = this.#records.openAside(id, bytes);
    if (sealed !== undefined) return sealed as OutageRecord; // sealed by #encode
    return this.#records.keepsSecrets ? undefined : decode(bytes);
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
