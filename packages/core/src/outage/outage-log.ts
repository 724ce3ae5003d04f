import { isObject } from "../base/foreign.ts";
import { KeyedQueue } from "../base/keyed-queue.ts";
import type { GuardedBackup } from "../backup/guarded-backup.ts";
import { believed, isBelievable } from "../entry/entry.ts";
import { decodeEnvelope, encodeEnvelope } from "../entry/envelope.ts";
import type { RecordFormat } from "../entry/record-format.ts";
import { recordId } from "../entry/record-id.ts";
import { believedOutage, type OutageRecord } from "./outage-record.ts";

// "_" is in no id of a key, so an outage record is taken for no other record.
export const OUTAGE_PREFIX = "o_";
const CODEC = "outage";

/** Outages kept beside the backups, in the same store, so that another process can tell which keys fail, since when and why. */
export class OutageLog {
  readonly #log: GuardedBackup;
  readonly #backups: GuardedBackup;
  readonly #records: RecordFormat;
  readonly #now: () => number;
  readonly #queue = new KeyedQueue();

  constructor(log: GuardedBackup, backups: GuardedBackup, records: RecordFormat, now: () => number) {
    this.#log = log;
    this.#backups = backups;
    this.#records = records;
    this.#now = now;
  }

  async read(key: string): Promise<OutageRecord | undefined> {
    const record = await this.#log.read(key);
    return record && this.#decode(OUTAGE_PREFIX + recordId(key), record.bytes);
  }

  async write(outage: OutageRecord): Promise<void> {
    await this.#queue.run(outage.key, () => this.#replace(outage));
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
      const loadedAt = await this.#loadedAt(outage.key);
      if (loadedAt !== undefined && loadedAt < outage.at) yield { ...outage, loadedAt };
    }
  }

  /** When the newest backup of the key was loaded, which its stamp does not tell; `undefined` if there is none. */
  async #loadedAt(key: string): Promise<number | undefined> {
    const record = await this.#backups.read(key);
    return record && believed(this.#records.timesOf(key, record.bytes)?.loadedAt ?? record.loadedAt, this.#now());
  }

  /** A stamp that cannot be true, of a process whose clock was wrong, would hide what is written here. */
  async #replace(outage: OutageRecord): Promise<void> {
    const { key, at } = outage;
    const bytes = this.#encode(outage);
    const newest = await this.#log.write(key, bytes, at, at);
    if (newest === at || isBelievable(newest, this.#now())) return;
    await this.#log.delete(key);
    await this.#log.write(key, bytes, at, at);
  }

  /** In a store whose codec keeps secrets the key and the message are secrets too. */
  #encode(outage: OutageRecord): Uint8Array {
    if (!this.#records.keepsSecrets) return encode(outage);
    return this.#records.sealAside(OUTAGE_PREFIX + recordId(outage.key), outage.at, outage);
  }

  /** `undefined` for what is damaged, none of ours, or cannot be true. */
  #decode(id: string, bytes: Uint8Array): OutageRecord | undefined {
    const sealed = this.#records.openAside(id, bytes);
    if (isObject(sealed) && "key" in sealed) return believedOutage(sealed.key, sealed, this.#now());
    if (this.#records.keepsSecrets) return undefined;
    const envelope = decodeEnvelope(bytes, undefined, CODEC);
    return typeof envelope === "string" ? undefined : believedOutage(envelope.key, parsed(envelope.payload), this.#now());
  }
}

function encode({ key, ...outage }: OutageRecord): Uint8Array {
  const payload = Buffer.from(JSON.stringify(outage));
  const nothing = { expiresAt: Infinity, stale: false, deleted: false, metadata: undefined };
  return encodeEnvelope({ key, codec: CODEC, loadedAt: outage.at, payload, ...nothing });
}

function parsed(json: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(json).toString());
  } catch {
    return undefined;
  }
}
