import type { DatastoreParts } from "./assemble.ts";
import type { BackupRecord } from "./adapter/contract.ts";
import { backedUpKeys } from "./backed-up-keys.ts";
import { shownKey } from "./base/stored-key.ts";
import { allOrThrow } from "./changes.ts";
import { isBelievable, type Metadata } from "./entry/entry.ts";
import { describeRecord } from "./entry/record-summary.ts";
import type { KeyedCalls } from "./keyed-calls.ts";
import { look } from "./marks/look.ts";
import { tagsIn } from "./marks/mark-names.ts";
import { inFallback, type KeyInFallback } from "./outage/health.ts";
import { isDatastoreError } from "./report/errors.ts";
import type { BackupCorruptReason } from "./report/events.ts";
import { withErrorAsJson } from "./report/told-error.ts";

/** A key of the backup store. Times are epoch milliseconds. */
export interface BackedUpKey {
  readonly key: string;
  /** Names the key in calls of the inspector: `key` is for people: it is the same for `"n\0k"` and for `"k"` in the namespace `"n"`. */
  readonly ref: string;
  /** When the load of its newest record began. */
  readonly loadedAt: number;
  readonly usedAt: number;
  /** Bytes of its newest record. */
  readonly size: number;
}

/** One record of a key. Times are epoch milliseconds. */
export interface Generation {
  /** Orders the records of the key: the greatest is the last good value. */
  readonly stamp: number;
  readonly size: number;
  /** When its load began; `undefined` if the record cannot be read, or if its time cannot be true. */
  readonly loadedAt: number | undefined;
  readonly codec: string | undefined;
  readonly metadata: Metadata | undefined;
  readonly tags: readonly string[];
  /** Whether it is a tombstone of a deletion. */
  readonly deleted: boolean;
  readonly value: unknown;
  /** Why it cannot be read, if it cannot. */
  readonly problem: BackupCorruptReason | undefined;
}

// As many as a get reads.
const MOST_GENERATIONS = 16;

/** Lets operators read and repair the backup store. The console uses it. Every call rejects if a store fails, and none calls a loader. */
export class Inspector {
  readonly #parts: DatastoreParts;
  readonly #calls: KeyedCalls;

  constructor(parts: DatastoreParts, calls: KeyedCalls) {
    this.#parts = parts;
    this.#calls = calls;
  }

  /** Whether the datastore has been closed. */
  get isClosed(): boolean {
    return this.#calls.isClosed;
  }

  /** The time of the datastore's clock in epoch milliseconds, to compare its times with. */
  now(): number {
    return this.#parts.now();
  }

  /** The keys of `health().fallback`, each with its `ref`. */
  fallback(): readonly (KeyInFallback & { readonly ref: string })[] {
    const { outages, now } = this.#parts;
    return Array.from(outages, (outage) => withErrorAsJson({ ...inFallback(outage, now()), ref: outage.key }));
  }

  /** Every key in the backup store. Reads each record, one after the other. */
  async *keys(): AsyncIterable<BackedUpKey> {
    this.#calls.admitOpen();
    yield* this.#calls.keepAlive.each(this.#keys());
  }

  async *#keys(): AsyncIterable<BackedUpKey> {
    for await (const { key: ref, loadedAt, usedAt, size } of backedUpKeys(this.#parts.store, throwUnlessOfOne)) yield { key: shownKey(ref), ref, loadedAt, usedAt, size };
  }

  /** The records of a key, the newest first, those that cannot be read included. */
  async generations(ref: string): Promise<readonly Generation[]> {
    this.#calls.admitOpen();
    return this.#calls.keepAlive.during(this.#generations(ref));
  }

  async #generations(ref: string): Promise<readonly Generation[]> {
    const found: Generation[] = [];
    let before: number | undefined;
    while (found.length < MOST_GENERATIONS) {
      const record = await this.#parts.store.read(ref, before);
      if (record === undefined || (before !== undefined && !(record.loadedAt < before))) break;
      before = record.loadedAt;
      found.push(this.#generation(ref, record));
    }
    return found;
  }

  /**
   * Makes a record the last good value again, as old as it is, and forgets the cached copy. Rejects with `RangeError` if the record is
   * not there or cannot be read.
   */
  async restore(ref: string, stamp: number): Promise<void> {
    const generation = (await this.generations(ref)).find((one) => one.stamp === stamp);
    if (generation === undefined || generation.deleted || generation.problem !== undefined) {
      throw new RangeError(`restore: stamp must be that of a record that can be read; got ${stamp} for ${JSON.stringify(shownKey(ref))}`);
    }
    const { readPath, records, stamps, marks, backup, now } = this.#parts;
    const { value, metadata, tags, loadedAt = stamp } = generation;
    const payload = records.encodeValue(ref, value);
    const looked = await look(marks, ref, tags, now()); // it may stand in even if a tag of it has been deleted
    readPath.supersede(ref); // a load that began before must not overwrite it
    const write = (): unknown => backup.write({ key: ref, loadedAt, stamp: stamps.next(ref, now()), payload, metadata, marks: looked.seen(), isSet: true });
    await this.#calls.keepAlive.during(allOrThrow([write, () => this.expire(ref)]));
  }

  /** As `expire` of the datastore. */
  expire(ref: string): Promise<void> {
    return this.#calls.expire(ref);
  }

  /** As `delete` of the datastore. */
  delete(ref: string): Promise<void> {
    return this.#calls.delete(ref);
  }

  #generation(ref: string, { bytes, loadedAt: stamp }: BackupRecord): Generation {
    const summary = describeRecord(bytes);
    const base = { stamp, size: bytes.byteLength, loadedAt: undefined, codec: undefined, metadata: undefined, tags: [], deleted: false, value: undefined, problem: undefined };
    if (typeof summary === "string") return { ...base, problem: summary };
    const { codec, metadata, deleted } = summary;
    const loadedAt = isBelievable(summary.loadedAt, this.#parts.now()) ? summary.loadedAt : undefined;
    const entry = this.#parts.records.fromRecord(ref, bytes);
    const known = { ...base, loadedAt, codec, metadata, deleted };
    if (typeof entry === "string") return { ...known, problem: entry };
    return entry === undefined ? { ...known, deleted: true } : { ...known, value: entry.value, tags: tagsIn(entry.marks) };
  }
}

/** A record that the store cannot read is skipped. If the store does not answer at all, throws. */
function throwUnlessOfOne(error: unknown): void {
  if (!isDatastoreError(error) || error.code !== "STORE_FAILED") throw error;
}
