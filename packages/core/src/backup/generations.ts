import type { BackupRecord } from "../adapter/contract.ts";
import { isObject } from "../base/foreign.ts";
import type { Awaitable } from "../base/async.ts";
import { type Entry, isBelievable } from "../entry/entry.ts";
import type { RecordFormat } from "../entry/record-format.ts";
import { isDatastoreError } from "../report/errors.ts";
import type { BackupSkippedReason, Events } from "../report/events.ts";
import type { GuardedBackup } from "./guarded-backup.ts";

// A store keeps two generations, or as many as its user asked for; one that never comes to an end must not hold up a get.
const MOST_GENERATIONS = 16;

/** Why an entry must not stand in. */
export interface Skip {
  readonly reason: BackupSkippedReason;
  readonly error?: unknown;
}

/** Says why an entry must not stand in; `undefined` if it may. */
export type Refusal = (entry: Entry) => Awaitable<Skip | undefined>;

/** The records of a key, the newest first. One that is not usable falls to the one before. */
export class Generations {
  readonly #store: GuardedBackup;
  readonly #records: RecordFormat;
  readonly #events: Events;
  readonly #now: () => number;

  constructor(store: GuardedBackup, records: RecordFormat, events: Events, now: () => number) {
    this.#store = store;
    this.#records = records;
    this.#events = events;
    this.#now = now;
  }

  /**
   * The newest entry that can be read and is not refused. `owed` has not been written yet, and is the answer where the store has
   * nothing newer. A stamp that cannot be true is not newer than it.
   */
  async newestGood(key: string, refusal: Refusal, owed?: Entry): Promise<Entry | undefined> {
    let before: number | undefined;
    let failure: unknown;
    for (let generation = 0; generation < MOST_GENERATIONS; generation++) {
      const record = await this.#recordBefore(key, before);
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
        if (await this.#mayStandIn(key, before, believed, refusal)) return believed;
      }
    }
    if (owed === undefined && failure !== undefined) throw failure;
    return owed;
  }

  /** An event says why, if it may not. */
  async #mayStandIn(key: string, loadedAt: number, entry: Entry, refusal: Refusal): Promise<boolean> {
    const skip = await refusal(entry);
    if (skip !== undefined) this.#events.emit("backupSkipped", { key, loadedAt, ...skip });
    return skip === undefined;
  }

  /** Throws if the store cannot be read, and not if it can and that one record in it cannot. */
  async #recordBefore(key: string, before: number | undefined): Promise<BackupRecord | UnreadRecord | undefined> {
    try {
      return await this.#store.read(key, before);
    } catch (error) {
      const loadedAt = stampOfUnread(error);
      if (loadedAt === undefined) throw error;
      return new UnreadRecord(loadedAt, error);
    }
  }
}

/** A record that is there, and that the store could not read. */
class UnreadRecord {
  readonly loadedAt: number;
  readonly error: unknown;

  constructor(loadedAt: number, error: unknown) {
    this.loadedAt = loadedAt;
    this.error = error;
  }
}

function stampOfUnread(error: unknown): number | undefined {
  const cause = isDatastoreError(error) ? error.cause : undefined;
  return isObject(cause) && "loadedAt" in cause && typeof cause.loadedAt === "number" ? cause.loadedAt : undefined;
}
