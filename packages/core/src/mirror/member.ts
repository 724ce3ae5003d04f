import type { BackupAdapter, BackupInfo, BackupRecord, CallOptions } from "../adapter/contract.ts";
import type { BackupStoreHealth } from "../adapter/breaker.ts";
import { Guard } from "../adapter/guard.ts";
import type { Awaitable } from "../base/async.ts";
import { KeyedQueue } from "../base/keyed-queue.ts";
import { isDatastoreError, type Operation } from "../report/errors.ts";
import { RetryTimer } from "../time/retry-timer.ts";
import { MissedChanges, type RecordWrite } from "./missed-changes.ts";
import { REFUSED, unlessRefused } from "./refused.ts";

/** What a member needs of the others. */
export interface MemberParts {
  readonly adapter: BackupAdapter;
  readonly timeout: number;
  readonly now: () => number;
  /** The newest record that the others have of an id. Throws if they cannot say. */
  readonly newestElsewhere: (id: string, except: Member) => Promise<BackupRecord | undefined>;
}

const AT_ONCE = 16;

/**
 * One of several backups. Each of its calls has a deadline. Changes of an id reach it in the order in which they were made, and
 * those that it misses are kept and tried again.
 */
export class Member {
  readonly #parts: MemberParts;
  readonly #guard: Guard;
  readonly #queue = new KeyedQueue();
  readonly #missed = new MissedChanges();
  readonly #retry: RetryTimer;
  /** Once it has refused a change. */
  #isReadOnly = false;

  /** @param run Runs the attempts in the background. */
  constructor(parts: MemberParts, run: (work: () => Promise<unknown>) => void) {
    this.#parts = parts;
    this.#guard = new Guard(parts.adapter.name, parts.timeout, parts.now);
    this.#retry = new RetryTimer(() => run(() => this.settle()));
  }

  get name(): string {
    return this.#parts.adapter.name;
  }

  get health(): BackupStoreHealth {
    const { details } = this.#parts.adapter;
    return { ...this.#guard.health, ...(details && { details }), pendingWrites: this.#missed.size };
  }

  /** Whether changes of the id have not got there yet. */
  isBehind(id: string): boolean {
    return this.#missed.get(id) !== undefined || this.#queue.isBusy(id);
  }

  async read(id: string, before: number | undefined): Promise<BackupRecord | undefined> {
    // What is to be forgotten is not there any more.
    if (this.#missed.get(id)?.forget === true) return undefined;
    return this.#read(id, before);
  }

  async write(id: string, write: RecordWrite): Promise<number | typeof REFUSED> {
    return this.#change(id, () => this.#write(id, write), () => this.#missed.addWrite(id, write));
  }

  async delete(id: string): Promise<boolean | typeof REFUSED> {
    return this.#change(id, () => this.#delete(id), () => this.#missed.addDeletion(id));
  }

  /** Is not kept if it fails: a cull comes again. */
  async deleteUnused(id: string, ifUsedBefore: number): Promise<boolean | typeof REFUSED> {
    return this.#queue.run(id, () => this.#delete(id, ifUsedBefore));
  }

  /** Takes over the newest record that the others have by now: what was read before may have been deleted meanwhile. */
  async bringUp(id: string, isWhole: (bytes: Uint8Array) => boolean, usedAt?: number): Promise<void> {
    if (this.#isReadOnly) return;
    await this.#queue.run(id, async () => {
      await this.#makeUpFor(id);
      const newest = await this.#parts.newestElsewhere(id, this);
      if (newest === undefined || !isWhole(newest.bytes)) return;
      const own = await this.#read(id);
      const isCurrent = own !== undefined && (own.loadedAt > newest.loadedAt || (own.loadedAt === newest.loadedAt && isWhole(own.bytes)));
      if (!isCurrent) await this.#write(id, { ...newest, usedAt: usedAt ?? newest.loadedAt });
    });
  }

  /** Makes up for what it has missed of this id. Rejects if it does not take it. */
  async tell(id: string): Promise<void> {
    await this.#queue.run(id, () => this.#makeUpFor(id));
  }

  async touch(id: string, usedAt: number): Promise<void> {
    await this.#twice("touch", (call) => this.#parts.adapter.touch(id, Object.assign(call, { usedAt })));
  }

  async *list(): AsyncGenerator<BackupInfo, void> {
    await this.#queue.settled(); // what is on its way is to be in the list
    const steps = this.#parts.adapter.list()[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { done, value } = await this.#guard.call("list", undefined, () => steps.next());
        if (done === true) return;
        yield value;
      }
    } finally {
      Promise.resolve(steps.return?.()).catch(() => undefined); // what comes of it is nobody's concern any more
    }
  }

  /** Tries what it has missed once more. Settles well; `health` says what is left. */
  async settle(): Promise<void> {
    const ids = this.#missed.ids();
    let failed = false;
    const worker = async (): Promise<void> => {
      for (let id = ids.pop(); id !== undefined && !failed; id = ids.pop()) failed = !(await this.#settleOne(id));
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, ids.length) }, worker));
    if (this.#missed.size > 0) this.#retry.start();
    else this.#retry.stop();
  }

  async close(): Promise<void> {
    this.#retry.stop();
    await this.#guard.release("close", () => this.#parts.adapter.close?.());
  }

  async #change<T>(id: string, change: () => Promise<T>, missed: () => void): Promise<T> {
    return this.#queue.run(id, async () => {
      try {
        await this.#makeUpFor(id);
        return await change();
      } catch (error) {
        missed();
        this.#retry.start();
        throw error;
      }
    });
  }

  async #settleOne(id: string): Promise<boolean> {
    try {
      await this.tell(id);
      return true;
    } catch {
      return false; // the guard knows
    }
  }

  async #makeUpFor(id: string): Promise<void> {
    const missed = this.#missed.get(id);
    if (missed === undefined) return;
    if (missed.forget) await this.#forget(id);
    if (missed.write !== undefined) await this.#write(id, missed.write);
    this.#missed.delete(id);
  }

  /**
   * Deletes what was there when it missed a deletion. Others may have written since, here as well: what they have in common is what
   * the deletion has left, a tombstone or a newer value.
   */
  async #forget(id: string): Promise<void> {
    const elsewhere = await this.#parts.newestElsewhere(id, this);
    if (elsewhere === undefined) return void (await this.#delete(id));
    const own = await this.#read(id);
    if (own !== undefined && own.loadedAt > elsewhere.loadedAt) return;
    await this.#delete(id);
    await this.#write(id, { ...elsewhere, usedAt: elsewhere.loadedAt });
  }

  /** A store that fails once, as over a connection that was cut, is not behind for that. One that keeps silent is not asked again. */
  async #twice<T>(operation: Operation, change: (call: CallOptions) => Awaitable<T>): Promise<T> {
    try {
      return await this.#guard.call(operation, undefined, change);
    } catch (error) {
      if (!isDatastoreError(error) || error.code !== "STORE_FAILED") throw error;
      return this.#guard.call(operation, undefined, change);
    }
  }

  async #read(id: string, before?: number): Promise<BackupRecord | undefined> {
    return this.#guard.call("read", undefined, (call) => this.#parts.adapter.read(id, Object.assign(call, { before })));
  }

  async #write(id: string, { bytes, loadedAt, usedAt }: RecordWrite): Promise<number | typeof REFUSED> {
    const written = await this.#twice("write", (call) => unlessRefused(() => this.#parts.adapter.write(id, bytes, Object.assign(call, { loadedAt, usedAt }))));
    if (written === REFUSED) this.#isReadOnly = true;
    return written;
  }

  async #delete(id: string, ifUsedBefore?: number): Promise<boolean | typeof REFUSED> {
    return this.#twice("delete", (call) => unlessRefused(() => this.#parts.adapter.delete(id, Object.assign(call, { ifUsedBefore }))));
  }
}
