import { isReadOnly } from "../adapter/read-only.ts";
import type { KeyedQueue } from "../base/keyed-queue.ts";
import { mapAwaitable, type Awaitable, isPromiseLike, itself } from "../base/async.ts";
import { RetryTimer } from "../time/retry-timer.ts";
import type { Background } from "../base/background.ts";
import { type Entry, isBelievable } from "../entry/entry.ts";
import type { RecordFormat } from "../entry/record-format.ts";
import { DatastoreError, isDatastoreError } from "../report/errors.ts";
import type { Events } from "../report/events.ts";
import type { GuardedBackup } from "./guarded-backup.ts";
import { type BackupWrite, type WriteOutcome, OwedWrites } from "./owed-writes.ts";
import type { Stamps } from "./stamps.ts";

export interface OutboxParts {
  readonly store: GuardedBackup;
  readonly queue: KeyedQueue;
  readonly records: RecordFormat;
  readonly stamps: Stamps;
  readonly events: Events;
  readonly background: Background;
  readonly now: () => number;
}

/** Keeps writes until they are durable, and retries those that failed. */
export class Outbox {
  readonly #parts: OutboxParts;
  readonly #failed = new OwedWrites();
  /** Writes that the store has not answered yet. */
  readonly #underWay = new OwedWrites();
  readonly #retry: RetryTimer = new RetryTimer(() => this.#parts.background.run(() => this.#writeFailed()));

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  /** How many values are not durable because their writes failed. */
  get failedWrites(): number {
    return this.#failed.size;
  }

  /** The keys whose writes are not durable. */
  keys(): string[] {
    return [...this.#failed.keys(), ...this.#underWay.keys()];
  }

  /** Resolves once the value is durable. If it rejects, the write is kept and retried. */
  write(write: BackupWrite): Awaitable<WriteOutcome> {
    const written = mapAwaitable(() => this.#parts.queue.run(write.key, () => this.#store(write)), itself, (error) => this.#owe(write, error));
    if (isPromiseLike(written)) this.#underWay.add(write); // a write that this drops, because there are too many, is still written
    return written;
  }

  /** The value of a write that the store has not taken yet. */
  owedEntry(key: string): Entry | undefined {
    const write = newerOf(this.#failed.get(key), this.#underWay.get(key));
    if (write === undefined) return undefined;
    const entry = this.#parts.records.fromRecord(key, this.#record(write));
    return typeof entry === "string" ? undefined : entry?.stamped(write.stamp); // it decoded once, when it was encoded
  }

  /** Gives up the failed write of a key, unless its stamp is greater than `upTo`. */
  forget(key: string, upTo?: number): void {
    this.#failed.delete(key, upTo);
  }

  /**
   * Waits for the running writes and retries those that failed. Throws `NOT_DURABLE`, naming the keys, if some still fail.
   * Does not wait for writes of other keys that begin meanwhile, because in a busy program there would be no end.
   */
  async flush(): Promise<void> {
    const { queue } = this.#parts;
    const asked = new Set([...queue.keys(), ...this.#failed.keys()]);
    await queue.settled();
    await this.#writeFailed(asked);
    const keys = this.#failed.keys().filter((key) => asked.has(key));
    if (keys.length === 0) return this.#parts.store.flush();
    const { name } = this.#parts.store;
    const message = `${keys.length} backup writes are not durable: ${name} does not take them. First: ${JSON.stringify(keys[0])}`;
    throw new DatastoreError("NOT_DURABLE", message, { keys, adapter: name, operation: "write" });
  }

  stop(): void {
    this.#retry.stop();
  }

  #record(write: BackupWrite): Uint8Array {
    return this.#parts.records.toBackupRecord(write);
  }

  #store(write: BackupWrite): Awaitable<WriteOutcome> {
    const bytes = this.#record(write);
    const newest = this.#parts.store.write(write.key, bytes, write.stamp, this.#parts.now());
    if (isPromiseLike(newest)) return newest.then((stamp) => this.#stored(write, bytes.length, stamp));
    return this.#stored(write, bytes.length, newest);
  }

  /** While the write waited for its turn, this or another process may have stored a newer value or deleted the key. */
  async #storeIfOwed(write: BackupWrite): Promise<void> {
    if (this.#failed.get(write.key) !== write) return;
    if (await this.#isSettled(write)) this.#failed.delete(write.key, write.stamp);
    else await this.#store(write);
  }

  /** Whether the store now has this value, or one that was acknowledged later. */
  async #isSettled({ key, stamp }: BackupWrite): Promise<boolean> {
    const newest = await this.#newestStamp(key);
    return newest !== undefined && newest >= stamp && newest <= this.#parts.now();
  }

  /** `undefined` if there is none, or if it cannot be read: a store that fails reads may still accept writes. */
  async #newestStamp(key: string): Promise<number | undefined> {
    try {
      return (await this.#parts.store.read(key))?.loadedAt;
    } catch (error) {
      if (isSilence(error)) throw error;
      return undefined;
    }
  }

  #stored(write: BackupWrite, size: number, newest: number): Awaitable<WriteOutcome> {
    const { stamps, events } = this.#parts;
    const { key, loadedAt, stamp, movedFrom } = write;
    if (newest > stamp && movedFrom === undefined) {
      const isBelieved = isBelievable(newest, this.#parts.now());
      if (!isBelieved && !stamps.hasSeen(key, newest)) return this.#replaceAll(write);
      if (isBelieved && this.#comesAfter(write, newest)) return this.#store({ ...write, stamp: stamps.movedPast(key, stamp, newest), movedFrom: stamp });
    }
    stamps.observe(key, newest);
    this.#failed.delete(key, movedFrom ?? stamp);
    this.#underWay.delete(key, movedFrom ?? stamp);
    events.emit("backupWritten", { key, loadedAt, size });
    if (this.#failed.size > 0) this.#retry.start();
    return { stamp, newest, isOvertaken: newest > stamp && isBelievable(newest, this.#parts.now()) };
  }

  /**
   * Whether the write comes after a record with a later stamp. A stamp in the future comes from before the clock was set back, or from
   * another host. Without this, it would hide every loaded value until the clock reaches it. A set comes after all, and what this process
   * asked for later comes after a set that was moved.
   */
  #comesAfter({ key, stamp, isSet }: BackupWrite, newest: number): boolean {
    const { stamps, now } = this.#parts;
    return isSet === true || stamps.isAfterMoved(key, stamp, newest) || (newest > now() && !stamps.hasSeen(key, newest));
  }

  /** Deletes the key first: a stored stamp that cannot be true would hide this record, or make the store prune it. */
  async #replaceAll(write: BackupWrite): Promise<WriteOutcome> {
    await this.#parts.store.delete(write.key);
    return this.#store({ ...write, movedFrom: write.stamp });
  }

  #owe(write: BackupWrite, error: unknown): never {
    if (isReadOnly(error)) {
      this.#underWay.delete(write.key, write.stamp);
      throw error; // health tells of it, and there is nothing to try again
    }
    this.#parts.events.emit("backupFailed", { key: write.key, operation: "write", error, retry: true });
    this.#underWay.delete(write.key, write.stamp);
    this.#retryLater({ ...write, isSet: false }); // by then, others may have set the key
    throw error;
  }

  #retryLater(write: BackupWrite): void {
    const { name } = this.#parts.store;
    for (const { key } of this.#failed.add(write)) {
      const error = new DatastoreError("NOT_DURABLE", `the backup write was given up: too many wait for ${name}`, { key, keys: [key], adapter: name, operation: "write" });
      this.#parts.events.emit("backupFailed", { key, operation: "write", error, retry: false });
    }
    this.#retry.start();
  }

  /** Retries each write once. If the store refuses a write, the others go on. If the store does not answer, all stop. */
  async #writeFailed(keys: Iterable<string> = this.#failed.keys()): Promise<void> {
    for (const key of keys) {
      const write = this.#failed.get(key);
      if (write === undefined) continue;
      try {
        await this.#parts.queue.run(key, () => this.#storeIfOwed(write));
      } catch (error) {
        this.#parts.events.emit("backupFailed", { key, operation: "write", error, retry: true });
        if (isSilence(error)) break;
      }
    }
    if (this.#failed.size > 0) this.#retry.start();
    else this.#retry.stop();
  }
}

function newerOf(one: BackupWrite | undefined, other: BackupWrite | undefined): BackupWrite | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one.stamp > other.stamp ? one : other;
}

/** Whether the store did not answer, so that further calls should wait. */
function isSilence(error: unknown): boolean {
  return isDatastoreError(error) && error.code === "STORE_TIMEOUT";
}
