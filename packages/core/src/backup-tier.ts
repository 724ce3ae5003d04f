import type { Awaitable, BackupAdapter, BackupInfo, BackupRecord, ReleaseLock } from "./adapter.ts";
import type { Background } from "./background.ts";
import type { StoreHealth } from "./breaker.ts";
import { Entry } from "./entry.ts";
import { DatastoreError, messageOf } from "./errors.ts";
import type { Events } from "./events.ts";
import type { Guard } from "./guard.ts";
import { KeyedQueue } from "./keyed-queue.ts";
import { listing } from "./listing.ts";
import { type BackupWrite, type Kept, PendingWrites } from "./pending-writes.ts";
import { afterwards, isPromiseLike } from "./promises.ts";
import { recordId } from "./record-id.ts";
import type { Records } from "./records.ts";
import { RetryTimer } from "./retry-timer.ts";
import type { Stamps } from "./stamps.ts";

// A store keeps two generations, or as many as its user asked for; one that never comes to an end must not hold up a get.
const MOST_GENERATIONS = 16;

// A deletion is remembered for as long as a load that another process had started before may take to come up with its value.
const TOMBSTONE_LIFE = 3_600_000;

export interface BackupTierParts {
  readonly adapter: BackupAdapter;
  readonly guard: Guard;
  readonly records: Records;
  readonly stamps: Stamps;
  readonly events: Events;
  readonly background: Background;
  readonly now: () => number;
  readonly cullTime: number;
}

export interface BackupHealth extends StoreHealth {
  /** Values that are not durable yet: their writes failed and are tried again. */
  readonly pendingWrites: number;
}

/** Says why an entry must not stand in; `undefined` if it may. */
export type Refusal = (entry: Entry) => Awaitable<string | undefined>;

/** The backup as the datastore sees it: entries by key, durable, the newest good one first. Its methods throw `DatastoreError`s. */
export class BackupTier {
  readonly #adapter: BackupAdapter;
  readonly #records: Records;
  readonly #stamps: Stamps;
  readonly #events: Events;
  readonly #background: Background;
  readonly #now: () => number;
  readonly #guard: Guard;
  readonly #tombstoneAge: number;
  readonly #queue = new KeyedQueue();
  readonly #pending = new PendingWrites();
  /** Writes that the store has not answered yet, which may take it a while. */
  readonly #underWay = new PendingWrites();
  readonly #retry: RetryTimer = new RetryTimer(() => this.#background.run(() => this.#writePending()));

  constructor(parts: BackupTierParts) {
    this.#adapter = parts.adapter;
    this.#records = parts.records;
    this.#stamps = parts.stamps;
    this.#events = parts.events;
    this.#background = parts.background;
    this.#now = parts.now;
    this.#guard = parts.guard;
    this.#tombstoneAge = parts.cullTime - TOMBSTONE_LIFE;
  }

  get health(): BackupHealth {
    return { ...this.#guard.health, pendingWrites: this.#pending.size };
  }

  /** The newest entry that can be read and is not refused. A generation that is not usable falls to the one before. */
  async read(key: string, refusal: Refusal): Promise<Entry | undefined> {
    const owed = this.#owed(key);
    if (owed !== undefined && (await refusal(owed)) === undefined) return owed;

    let before: number | undefined;
    let failure: unknown;
    for (let generation = 0; generation < MOST_GENERATIONS; generation++) {
      const record = await this.#recordBefore(key, before);
      if (record === undefined || (before !== undefined && record.loadedAt >= before)) break;
      const isUnread = record instanceof UnreadRecord;
      if (isUnread) failure ??= record.error;
      const entry = isUnread ? record.reason : this.#records.decode(key, record.bytes);
      if (entry === undefined) break;
      const reason = typeof entry === "string" ? entry : await refusal(entry);
      if (typeof entry !== "string" && reason === undefined) return entry;
      this.#events.emit("backupCorrupt", { key, loadedAt: record.loadedAt, reason: reason ?? "refused" });
      before = record.loadedAt;
    }
    if (failure !== undefined) throw failure;
    return undefined;
  }

  /** Adds the value: when it settles well, the value is durable. When it does not, the write is kept and tried again. */
  write(write: BackupWrite): Awaitable<Kept> {
    this.#underWay.add(write); // too many of them: those that are dropped are written all the same
    const kept = (written: Kept): Kept => written;
    return afterwards(() => this.#queue.run(write.key, () => this.#store(write)), kept, (error) => this.#owe(write, error));
  }

  /** Waits for what is under way for this key, however it ends. */
  settled(key: string): Awaitable<void> {
    return this.#queue.run(key, () => {});
  }

  /** Notes a use now. */
  touch(key: string): Awaitable<void> {
    const usedAt = this.#now();
    return this.#guard.call("touch", key, (call) => this.#adapter.touch(recordId(key), Object.assign(call, { usedAt })));
  }

  /** Deletes all of the key's generations, after every write that was asked for before, and what is loaded before `deletedAt`. */
  delete(key: string, deletedAt: number): Awaitable<void> {
    return this.#queue.run(key, async () => {
      this.#pending.delete(key);
      await this.#guard.call("delete", key, (call) => this.#adapter.delete(recordId(key), call));
      await this.#bury(key, deletedAt);
    });
  }

  list(): AsyncIterable<BackupInfo> {
    return listing(this.#adapter, this.#guard);
  }

  deleteUnused(id: string, ifUsedBefore: number): Awaitable<boolean> {
    return this.#guard.call("delete", undefined, (call) => this.#adapter.delete(id, Object.assign(call, { ifUsedBefore })));
  }

  /** The store's lock, or something that stands for it where the store has none; `undefined` if another process has it. */
  async lock(): Promise<(() => Promise<void>) | undefined> {
    if (this.#adapter.lock === undefined) return async () => {};
    const release = await this.#guard.call("lock", undefined, (call) => this.#adapter.lock?.(call));
    return release && (() => this.#unlock(release));
  }

  /** Tries everything that is owed. Throws `NOT_DURABLE`, naming the keys, if some of it stays owed. */
  async flush(): Promise<void> {
    await this.#queue.idle();
    await this.#writePending();
    if (this.#pending.size === 0) return;
    const keys = this.#pending.keys();
    const message = `${keys.length} backup writes are not durable: ${this.#adapter.name} does not take them. First: ${JSON.stringify(keys[0])}`;
    throw new DatastoreError("NOT_DURABLE", message, { keys, adapter: this.#adapter.name, operation: "write" });
  }

  close(): Awaitable<void> {
    this.#retry.stop();
    return this.#guard.release("close", () => this.#adapter.close?.());
  }

  /** A lock that cannot be given back grows stale; what was done under it is done. */
  async #unlock(release: ReleaseLock): Promise<void> {
    try {
      await this.#guard.release("unlock", () => release());
    } catch (error) {
      this.#events.emit("backupFailed", { key: undefined, operation: "unlock", error, retry: false });
    }
  }

  /** Throws if the store cannot be read, and not if it can and that one record in it cannot. */
  async #recordBefore(key: string, before: number | undefined): Promise<BackupRecord | UnreadRecord | undefined> {
    try {
      return await this.#guard.call("read", key, (call) => this.#adapter.read(recordId(key), Object.assign(call, { before })));
    } catch (error) {
      const loadedAt = stampOfUnread(error);
      if (loadedAt === undefined) throw error;
      return new UnreadRecord(loadedAt, error);
    }
  }

  /** The value of a write that the store has not taken yet: it is newer than what the store holds. */
  #owed(key: string): Entry | undefined {
    const write = newerOf(this.#pending.get(key), this.#underWay.get(key));
    if (write === undefined) return undefined;
    const entry = this.#records.decode(key, this.#record(write));
    return typeof entry === "string" ? undefined : entry; // it was decoded when it was encoded
  }

  #record({ key, loadedAt, metadata, payload }: BackupWrite): Uint8Array {
    return this.#records.encode(key, new Entry(undefined, loadedAt, Infinity, false, metadata), payload);
  }

  /** A load that runs in another process would bring the key back. The tombstone is newer, and soon culled. */
  async #bury(key: string, deletedAt: number): Promise<void> {
    const usedAt = Math.max(0, this.#now() - this.#tombstoneAge);
    const tombstone = this.#records.tombstone(key, deletedAt);
    try {
      await this.#guard.call("write", key, (call) =>
        this.#adapter.write(recordId(key), tombstone, Object.assign(call, { loadedAt: deletedAt, usedAt })),
      );
    } catch (error) {
      this.#events.emit("backupFailed", { key, operation: "write", error, retry: false }); // the deletion itself has been done
    }
  }

  #store(write: BackupWrite): Awaitable<Kept> {
    const { key, loadedAt } = write;
    const bytes = this.#record(write);
    const usedAt = this.#now();
    const newest = this.#guard.call("write", key, (call) =>
      this.#adapter.write(recordId(key), bytes, Object.assign(call, { loadedAt, usedAt })),
    );
    if (isPromiseLike(newest)) return newest.then((stamp) => this.#stored(write, bytes.length, stamp));
    return this.#stored(write, bytes.length, newest);
  }

  /** While it waited for its turn, a newer value or a deletion may have settled it. */
  #storeIfOwed(write: BackupWrite): Awaitable<unknown> {
    return this.#pending.get(write.key) === write ? this.#store(write) : undefined;
  }

  #stored(write: BackupWrite, size: number, newest: number): Awaitable<Kept> {
    if (!write.restamped && this.#isFromTheFuture(write.key, newest)) {
      return this.#store({ ...write, loadedAt: this.#stamps.next(write.key, newest + 1), restamped: true });
    }
    this.#stamps.seen(write.key, newest);
    this.#pending.delete(write.key, write.loadedAt);
    this.#underWay.delete(write.key, write.loadedAt);
    this.#events.emit("backupWritten", { key: write.key, loadedAt: write.loadedAt, size });
    if (this.#pending.size > 0) this.#retry.start();
    return { loadedAt: write.loadedAt, isOvertaken: newest > write.loadedAt };
  }

  /**
   * A stamp that the clock has not reached, and that this process has not given: the clock was set back, and the record would hide
   * whatever is loaded until the clock gets there again.
   */
  #isFromTheFuture(key: string, stamp: number): boolean {
    return stamp > this.#now() && !this.#stamps.knows(key, stamp);
  }

  #owe(write: BackupWrite, error: unknown): never {
    this.#events.emit("backupFailed", { key: write.key, operation: "write", error, retry: true });
    this.#underWay.delete(write.key, write.loadedAt);
    this.#keep(write);
    throw error;
  }

  #keep(write: BackupWrite): void {
    for (const { key } of this.#pending.add(write)) {
      const message = `the backup write was given up: too many wait for ${this.#adapter.name}`;
      const error = new DatastoreError("NOT_DURABLE", message, { key, keys: [key], adapter: this.#adapter.name, operation: "write" });
      this.#events.emit("backupFailed", { key, operation: "write", error, retry: false });
    }
    this.#retry.start();
  }

  /** Tries each once. A write that the store refuses does not hold up the others; a store that does not answer is left alone. */
  async #writePending(): Promise<void> {
    for (const key of this.#pending.keys()) {
      const write = this.#pending.get(key);
      if (write === undefined) continue;
      try {
        await this.#queue.run(key, () => this.#storeIfOwed(write));
      } catch (error) {
        this.#events.emit("backupFailed", { key, operation: "write", error, retry: true });
        if (error instanceof DatastoreError && error.code === "STORE_TIMEOUT") break;
      }
    }
    if (this.#pending.size > 0) this.#retry.start();
    else this.#retry.stop();
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

  get reason(): string {
    return `not readable: ${messageOf(this.error)}`;
  }
}

function stampOfUnread(error: unknown): number | undefined {
  const cause = error instanceof DatastoreError ? error.cause : undefined;
  return cause instanceof Error && "loadedAt" in cause && typeof cause.loadedAt === "number" ? cause.loadedAt : undefined;
}

function newerOf(one: BackupWrite | undefined, other: BackupWrite | undefined): BackupWrite | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one.loadedAt > other.loadedAt ? one : other;
}
