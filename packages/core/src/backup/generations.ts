import type { BackupRecord } from "../adapter/contract.ts";
import { unreadRecordIn } from "../adapter/unread-record.ts";
import { type Awaitable, isPromiseLike, itself, mapAwaitable, nothing, rethrow } from "../base/async.ts";
import { withDeadline } from "../time/deadline.ts";
import { type Entry, isBelievable } from "../entry/entry.ts";
import type { RecordFormat } from "../entry/record-format.ts";
import type { BackupSkippedReason, Events } from "../report/events.ts";
import type { GuardedBackup } from "./guarded-backup.ts";
import type { Outbox } from "./outbox.ts";

// A store keeps two generations, or as many as its options say. The limit protects a get from a store that keeps returning records.
const MOST_GENERATIONS = 16;

/** Why an entry must not stand in. */
export interface Skip {
  readonly reason: BackupSkippedReason;
  readonly error?: unknown;
}

/** Returns why an entry must not stand in, or `undefined` if it may. */
export type Refusal = (entry: Entry) => Awaitable<Skip | undefined>;

/** Reads the records of a key, the newest first, until one is usable. */
export class Generations {
  readonly #store: GuardedBackup;
  readonly #records: RecordFormat;
  readonly #events: Pick<Events, "emit">;
  readonly #now: () => number;

  constructor(store: GuardedBackup, records: RecordFormat, events: Pick<Events, "emit">, now: () => number) {
    this.#store = store;
    this.#records = records;
    this.#events = events;
    this.#now = now;
  }

  /**
   * The newest entry that can be read and is not refused. `owed` is an entry that has not been written yet: it is the answer unless the
   * store has a newer one. A record whose stamp cannot be true does not count as newer.
   */
  async newestGood(key: string, refusal: Refusal, owed?: Entry): Promise<Entry | undefined> {
    let before: number | undefined;
    let failure: unknown;
    for (let generation = 0; generation < MOST_GENERATIONS; generation++) {
      const found = this.#recordBefore(key, before);
      const record = isPromiseLike(found) ? await found : found; // a store in this process answers at once
      if (record === undefined || (before !== undefined && !(record.loadedAt < before))) break;
      before = record.loadedAt;
      if (owed !== undefined && (owed.stamp >= before || !isBelievable(before, this.#now()))) return owed;
      if (record instanceof UnreadRecord) {
        failure ??= record.error;
        this.#events.emit("backupCorrupt", { key, loadedAt: before, reason: "not readable", error: record.error });
        continue;
      }
      const entry = this.#records.fromRecord(key, record.bytes);
      if (entry === undefined) return undefined;
      if (typeof entry === "string") this.#events.emit("backupCorrupt", { key, loadedAt: before, reason: entry });
      else {
        const believed = entry.stamped(before).believed(this.#now());
        const judged = refusal(believed);
        const skip = isPromiseLike(judged) ? await judged : judged;
        if (skip === undefined) return believed;
        this.#events.emit("backupSkipped", { key, loadedAt: before, ...skip });
      }
    }
    if (owed === undefined && failure !== undefined) throw failure;
    return owed;
  }

  /** Throws if the store cannot be read. If only this record cannot be read, returns an `UnreadRecord`. */
  #recordBefore(key: string, before: number | undefined): Awaitable<BackupRecord | UnreadRecord | undefined> {
    return mapAwaitable<BackupRecord | undefined, BackupRecord | UnreadRecord | undefined>(() => this.#store.read(key, before), itself, unread);
  }
}

/** A record that exists, but that the store could not read. */
class UnreadRecord {
  readonly loadedAt: number;
  readonly error: unknown;

  constructor(loadedAt: number, error: unknown) {
    this.loadedAt = loadedAt;
    this.error = error;
  }
}

/** Tells an error about a single record, which has a `loadedAt`, from an error of the store, which it throws. */
function unread(error: unknown): UnreadRecord {
  const unreadRecord = unreadRecordIn(error);
  if (unreadRecord !== undefined) return new UnreadRecord(unreadRecord.loadedAt, error);
  throw error;
}

// How long a read waits for a newer value from the store, in milliseconds, while this process holds an unwritten one.
const OWED_WAIT = 200;

export interface BackupReadsParts {
  readonly store: GuardedBackup;
  readonly records: RecordFormat;
  readonly events: Events;
  readonly outbox: Outbox;
  readonly now: () => number;
  readonly failedRead: (key: string, error: unknown) => void;
  /** Whether a tag of the entry has been deleted since it was loaded. Then it is no answer, like a deleted key. Never fails. */
  readonly isDeleted: (entry: Entry) => Awaitable<boolean>;
}

/** Reads the last good value of a key: from the store, or of a write that the store has not taken yet. */
export class BackupReads {
  readonly #parts: BackupReadsParts;
  readonly #generations: Generations;
  readonly #untold: Generations;

  constructor(parts: BackupReadsParts) {
    const { store, records, events, now } = parts;
    this.#parts = parts;
    this.#generations = new Generations(store, records, events, now);
    this.#untold = new Generations(store, records, { emit: nothing }, now);
  }

  async read(key: string, refusal: Refusal): Promise<Entry | undefined> {
    const owed = this.#parts.outbox.owedEntry(key);
    return this.#unlessDeleted(await (owed === undefined ? this.#generations.newestGood(key, refusal) : this.#readOwed(key, owed, refusal)));
  }

  /** Like `read`, but refuses nothing, and tells of no record that cannot be read. */
  async peek(key: string): Promise<Entry | undefined> {
    const owed = this.#parts.outbox.owedEntry(key);
    const newest = this.#untold.newestGood(key, nothing, owed);
    return this.#unlessDeleted(await (owed === undefined ? newest : withDeadline(newest.catch(() => owed), OWED_WAIT, () => owed)));
  }

  #unlessDeleted(entry: Entry | undefined): Awaitable<Entry | undefined> {
    if (entry?.marks === undefined) return entry;
    return mapAwaitable(() => this.#parts.isDeleted(entry), (isDeleted) => (isDeleted ? undefined : entry), rethrow);
  }

  async #readOwed(key: string, owed: Entry, refusal: Refusal): Promise<Entry | undefined> {
    if ((await refusal(owed)) !== undefined) return this.#generations.newestGood(key, refusal);
    return withDeadline(this.#newerThan(key, owed, refusal), OWED_WAIT, () => owed);
  }

  /** The owed value counts only if the store has no newer one, which another process may have written. */
  async #newerThan(key: string, owed: Entry, refusal: Refusal): Promise<Entry | undefined> {
    try {
      return await this.#generations.newestGood(key, refusal, owed);
    } catch (error) {
      this.#parts.failedRead(key, error);
      return owed;
    }
  }
}
