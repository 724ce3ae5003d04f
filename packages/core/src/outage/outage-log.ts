import { isObject } from "../base/foreign.ts";
import { KeyedQueue } from "../base/keyed-queue.ts";
import type { GuardedBackup } from "../backup/guarded-backup.ts";
import { believed, isBelievable } from "../entry/entry.ts";
import { decodeNote, encodeNote } from "../entry/note.ts";
import type { RecordFormat } from "../entry/record-format.ts";
import { OUTAGE_PREFIX, recordId, recordKind } from "../entry/record-id.ts";
import { believedOutage, type OutageRecord } from "./outage-record.ts";

const CODEC = "outage";

/** Stores outages beside the backups, so that other processes can see which keys fail, since when and why. */
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

  /** Every outage that is not over. Skips those whose key another process has loaded since, perhaps without knowing of the outage. */
  async *list(): AsyncIterable<OutageRecord & { readonly loadedAt: number }> {
    for await (const { id } of this.#log.list()) {
      if (recordKind(id) !== "outage") continue;
      const record = await this.#log.readId(id);
      const outage = record && this.#decode(id, record.bytes);
      if (outage === undefined) continue;
      const loadedAt = await this.#loadedAt(outage.key);
      if (loadedAt !== undefined && loadedAt < outage.at) yield { ...outage, loadedAt };
    }
  }

  /** When the newest backup of the key was loaded, which may differ from its stamp; `undefined` if there is none. */
  async #loadedAt(key: string): Promise<number | undefined> {
    const record = await this.#backups.read(key);
    return record && believed(this.#records.timesOf(key, record.bytes)?.loadedAt ?? record.loadedAt, this.#now());
  }

  /** Writes the record. If a wrong clock has left a stamp that cannot be true, deletes that first, because it would hide this record. */
  async #replace(outage: OutageRecord): Promise<void> {
    const { key, at } = outage;
    const bytes = this.#encode(outage);
    const newest = await this.#log.write(key, bytes, at, at);
    if (newest === at || isBelievable(newest, this.#now())) return;
    await this.#log.delete(key);
    await this.#log.write(key, bytes, at, at);
  }

  /** If the codec keeps secrets, the key and the message are secrets too. */
  #encode(outage: OutageRecord): Uint8Array {
    const { key, ...content } = outage;
    if (!this.#records.keepsSecrets) return encodeNote(CODEC, key, outage.at, content);
    return this.#records.sealAside(OUTAGE_PREFIX + recordId(key), outage.at, outage);
  }

  /** `undefined` if the record is damaged, foreign, or cannot be true. */
  #decode(id: string, bytes: Uint8Array): OutageRecord | undefined {
    const sealed = this.#records.openAside(id, bytes);
    if (isObject(sealed) && "key" in sealed) return believedOutage(sealed.key, sealed, this.#now());
    if (this.#records.keepsSecrets) return undefined;
    const note = decodeNote(CODEC, bytes);
    return note && believedOutage(note.key, note.content, this.#now());
  }
}
