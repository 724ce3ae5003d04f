import type { BackupRecord } from "../adapter/contract.ts";
import { unreadRecordIn } from "../adapter/unread-record.ts";
import { type Awaitable, isPromiseLike, itself, mapAwaitable, nothing, rethrow, started } from "../base/async.ts";
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

export interface GenerationsParts {
  readonly store: GuardedBackup;
  readonly records: RecordFormat;
  readonly events: Pick<Events, "emit">;
  readonly now: () => number;
}

/** The records of a key in a store. */
export class Generations {
  readonly #parts: GenerationsParts;

  constructor(parts: GenerationsParts) {
    this.#parts = parts;
  }

  /**
   * The newest entry that can be read and is not refused. `owed` is an entry that has not been written yet: it is the answer unless the
   * store has a newer one. A record whose stamp cannot be true does not count as newer. Throws or rejects if the store cannot be read.
   */
  newestGood(key: string, refusal: Refusal, owed?: Entry): Awaitable<Entry | undefined> {
    return new Search(key, refusal, owed, this.#parts).next();
  }
}

/** Reads the records of a key, the newest first, until one is usable. Without promises where the store and the refusal answer at once. */
class Search {
  readonly #key: string;
  readonly #refusal: Refusal;
  readonly #owed: Entry | undefined;
  readonly #parts: GenerationsParts;
  #generation = 0;
  #before: number | undefined;
  #failure: unknown;

  constructor(key: string, refusal: Refusal, owed: Entry | undefined, parts: GenerationsParts) {
    this.#key = key;
    this.#refusal = refusal;
    this.#owed = owed;
    this.#parts = parts;
  }

  /** The next usable entry. Throws or rejects if the store cannot be read. */
  next(): Awaitable<Entry | undefined> {
    if (this.#generation++ >= MOST_GENERATIONS) return this.#end();
    const found = mapAwaitable<BackupRecord | undefined, Found>(() => this.#parts.store.read(this.#key, this.#before), itself, unread);
    return isPromiseLike(found) ? found.then((record) => this.#look(record)) : this.#look(found);
  }

  #look(record: Found): Awaitable<Entry | undefined> {
    const before = this.#before;
    if (record === undefined || (before !== undefined && !(record.loadedAt < before))) return this.#end();
    const { loadedAt } = record;
    this.#before = loadedAt;
    if (this.#owed !== undefined && (this.#owed.stamp >= loadedAt || !isBelievable(loadedAt, this.#parts.now()))) return this.#owed;
    return record instanceof UnreadRecord ? this.#goOn(record) : this.#judge(record);
  }

  #goOn({ loadedAt, error }: UnreadRecord): Awaitable<Entry | undefined> {
    this.#failure ??= error;
    this.#parts.events.emit("backupCorrupt", { key: this.#key, loadedAt, reason: "not readable", error });
    return this.next();
  }

  #judge({ loadedAt, bytes }: BackupRecord): Awaitable<Entry | undefined> {
    const { records, events, now } = this.#parts;
    const entry = records.fromRecord(this.#key, bytes);
    if (entry === undefined) return undefined;
    if (typeof entry === "string") {
      events.emit("backupCorrupt", { key: this.#key, loadedAt, reason: entry });
      return this.next();
    }
    const believed = entry.stamped(loadedAt).believed(now());
    const judged = this.#refusal(believed);
    return isPromiseLike(judged) ? judged.then((skip) => this.#unlessSkipped(believed, loadedAt, skip)) : this.#unlessSkipped(believed, loadedAt, judged);
  }

  #unlessSkipped(entry: Entry, loadedAt: number, skip: Skip | undefined): Awaitable<Entry | undefined> {
    if (skip === undefined) return entry;
    this.#parts.events.emit("backupSkipped", { key: this.#key, loadedAt, ...skip });
    return this.next();
  }

  #end(): Entry | undefined {
    if (this.#owed === undefined && this.#failure !== undefined) throw this.#failure;
    return this.#owed;
  }
}

/** What the store has before a stamp. */
type Found = BackupRecord | UnreadRecord | undefined;

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
    this.#parts = parts;
    this.#generations = new Generations(parts);
    this.#untold = new Generations({ ...parts, events: { emit: nothing } });
  }

  /** Throws or rejects if the store cannot be read. */
  read(key: string, refusal: Refusal): Awaitable<Entry | undefined> {
    const owed = this.#parts.outbox.owedEntry(key);
    const entry = owed === undefined ? this.#generations.newestGood(key, refusal) : this.#readOwed(key, owed, refusal);
    return isPromiseLike(entry) ? entry.then((found) => this.#unlessDeleted(found)) : this.#unlessDeleted(entry);
  }

  /** Like `read`, but refuses nothing, and tells of no record that cannot be read. */
  async peek(key: string): Promise<Entry | undefined> {
    const owed = this.#parts.outbox.owedEntry(key);
    const newest = started(() => this.#untold.newestGood(key, nothing, owed));
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
