import type { StoreHealth } from "../adapter/breaker.ts";
import type { Background } from "../base/background.ts";
import { KeyedQueue } from "../base/keyed-queue.ts";
import { type Awaitable, isPromiseLike, itself, mapAwaitable } from "../base/async.ts";
import { withDeadline } from "../time/deadline.ts";
import type { Entry } from "../entry/entry.ts";
import type { RecordFormat } from "../entry/record-format.ts";
import type { Operation } from "../report/errors.ts";
import type { Events } from "../report/events.ts";
import { Deletions } from "./deletions.ts";
import { Encoder } from "./encoder.ts";
import { BackupReads, type Refusal } from "./generations.ts";
import type { GuardedBackup } from "./guarded-backup.ts";
import { Outbox } from "./outbox.ts";
import type { BackupWrite, WriteOutcome } from "./owed-writes.ts";
import { Renewal, type VouchingLoad } from "./renewal.ts";
import type { Stamps } from "./stamps.ts";
import { UnprotectedKeys } from "./unprotected.ts";
import { reportInterval, UseReports } from "./use-reports.ts";

export interface BackupParts {
  readonly store: GuardedBackup;
  readonly records: RecordFormat;
  readonly stamps: Stamps;
  readonly events: Events;
  readonly background: Background;
  readonly now: () => number;
  readonly cullTime: number;
  /** Whether a tag of the entry has been deleted since it was loaded. */
  readonly isDeleted: (entry: Entry) => Awaitable<boolean>;
}

/**
 * The backup, by key. A `get` uses the methods that begin with `try`, which never fail: if the store fails, it counts as empty, and
 * an event reports the failure. The other methods reject.
 */
export class Backup {
  readonly #store: GuardedBackup;
  readonly #events: Events;
  readonly #background: Background;
  readonly #now: () => number;
  readonly unprotected: UnprotectedKeys = new UnprotectedKeys();
  readonly #encoder: Encoder;
  readonly #queue = new KeyedQueue();
  readonly #outbox: Outbox;
  readonly #reads: BackupReads;
  readonly #deletions: Deletions;
  readonly #renewal: Renewal;
  readonly #useReports: UseReports;

  constructor(parts: BackupParts) {
    this.#store = parts.store;
    this.#events = parts.events;
    this.#background = parts.background;
    this.#now = parts.now;
    this.#encoder = new Encoder({ ...parts, unprotected: this.unprotected });
    this.#outbox = new Outbox({ ...parts, queue: this.#queue });
    this.#reads = new BackupReads({ ...parts, outbox: this.#outbox, failedRead: (key, error) => this.#failed(key, "read", error) });
    this.#deletions = new Deletions({
      ...parts,
      outbox: this.#outbox,
      queue: this.#queue,
      failedTombstone: (key, error) => this.#failed(key, "write", error),
    });
    this.#renewal = new Renewal({
      ...parts,
      write: (key, { value, loadedAt, stamp, metadata, marks }) => {
        const payload = this.tryEncode(key, value);
        return payload && this.tryWrite({ key, loadedAt, stamp, payload, metadata, marks }, Infinity);
      },
      failedRead: (key, error) => this.#failed(key, "read", error),
    });
    this.#useReports = new UseReports(reportInterval(parts.cullTime));
  }

  get health(): StoreHealth & { readonly pendingWrites: number } {
    return { ...this.#store.health, pendingWrites: this.#outbox.failedWrites };
  }

  /** The newest entry that is not refused. */
  tryRead(key: string, refusal: Refusal): Awaitable<Entry | undefined> {
    return mapAwaitable(() => this.#reads.read(key, refusal), itself, (error) => this.#failed(key, "read", error));
  }

  /**
   * Resolves when the value is durable or the write has failed, but after `wait` at the latest: the write then goes on in the background.
   * Resolves with the outcome of the write, if that is known by then.
   */
  tryWrite(write: BackupWrite, wait: number): Awaitable<WriteOutcome | undefined> {
    try {
      const written = this.#outbox.write(write);
      if (!isPromiseLike(written)) return written;
      this.#background.add(written); // the outbox reports a failure, and retries
      return wait > 0 ? withDeadline(written.then(undefined, nothingKnown), wait, nothingKnown) : undefined;
    } catch {
      return undefined; // as above
    }
  }

  /**
   * Writes a value again after `notModified()`, if its record has disappeared since it was read (by a cull, or with a disk), or if a
   * replaced codec wrote it. Never rejects, and resolves after `wait` at the latest.
   */
  tryRenew(load: VouchingLoad, entry: Entry, wait: number): Awaitable<void> {
    const renewed = this.#renewal.renew(load, entry);
    this.#background.run(() => renewed);
    return wait > 0 ? withDeadline(renewed, wait, nothingKnown) : undefined;
  }

  /** Encodes a value right after its load, before a caller can change it. `undefined` if the codec refuses it. */
  tryEncode(key: string, value: unknown): Uint8Array | undefined {
    return this.#encoder.tryEncode(key, value);
  }

  /** Reports to the store that the key is in use, if its last known use is long enough ago to matter to a cull. */
  tryTouch(key: string, entry: Entry, now: number): void {
    if (this.#useReports.due(key, entry.loadedAt, now)) this.#touch(key);
  }

  #touch(key: string): void {
    const touch = async (): Promise<void> => this.#store.touch(key, this.#now());
    this.#background.run(() => touch().catch((error: unknown) => this.#failed(key, "touch", error)));
  }

  /** Reads the store in the background, and reports a failure if it has neither the value of this stamp nor a newer one. */
  drill(key: string, stamp: number): void {
    this.#background.run(async () => {
      await this.#queue.run(key, () => {}); // with a short backupWait, the write may still be in progress
      const entry = await this.tryRead(key, () => undefined);
      if (entry !== undefined && entry.stamp >= stamp) return;
      this.#failed(key, "drill", new Error(`${JSON.stringify(key)} was written, and a drill did not find it`));
    });
  }

  async read(key: string, refusal: Refusal): Promise<Entry | undefined> {
    return this.#reads.read(key, refusal);
  }

  /** Like `read`, but refuses nothing, and tells of no record that cannot be read. */
  peek(key: string): Promise<Entry | undefined> {
    return this.#reads.peek(key);
  }

  write(write: BackupWrite): Awaitable<WriteOutcome> {
    this.unprotected.delete(write.key);
    return this.#outbox.write(write);
  }

  /** Deletes all generations of the key, after all earlier writes. A tombstone rejects later writes of values loaded before `deletedAt`. */
  delete(key: string, deletedAt: number): Awaitable<void> {
    this.unprotected.delete(key);
    return this.#deletions.delete(key, deletedAt);
  }

  /** Deletes values loaded up to `stamp`, and keeps newer ones that another process has stored. */
  async tryDeleteUpTo(key: string, stamp: number): Promise<void> {
    this.unprotected.delete(key);
    try {
      await this.#deletions.deleteUpTo(key, stamp);
    } catch (error) {
      this.#failed(key, "delete", error);
    }
  }

  /** Keys that this process knows and the store may not: their values are not durable yet, or cannot be. */
  keysHere(): string[] {
    return [...this.#outbox.keys(), ...this.unprotected.keys()];
  }

  flush(): Promise<void> {
    return this.#outbox.flush();
  }

  close(): Awaitable<void> {
    this.#outbox.stop();
    return this.#store.close();
  }

  #failed(key: string, operation: Operation, error: unknown): undefined {
    this.#events.emit("backupFailed", { key, operation, error, retry: false });
  }
}

function nothingKnown(): undefined {}
