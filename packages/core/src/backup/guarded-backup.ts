import type { BackupStoreHealth, StoreHealth } from "../adapter/breaker.ts";
import type { BackupAdapter, BackupInfo, BackupRecord, ReleaseLock } from "../adapter/contract.ts";
import type { Guard } from "../adapter/guard.ts";
import type { Awaitable } from "../base/async.ts";
import { Turns } from "../time/turns.ts";
import { recordId, recordIdOnce } from "../entry/record-id.ts";

/** What several stores that are one have beyond an adapter. */
export interface SeveralBackups {
  readonly health: readonly BackupStoreHealth[];
  flush(): Promise<void>;
}

/**
 * A backup store by key. Only this class calls the adapter. Every call has a deadline, and every error is a `DatastoreError`.
 * `prefix` separates the ids of other records, such as outages, from those of backups.
 */
export class GuardedBackup {
  readonly #adapter: BackupAdapter;
  readonly #guard: Guard;
  readonly #prefix: string;
  readonly #several: SeveralBackups | undefined;
  #uses = 0;

  constructor(adapter: BackupAdapter, guard: Guard, prefix = "", several?: SeveralBackups) {
    this.#adapter = adapter;
    this.#guard = guard;
    this.#prefix = prefix;
    this.#several = several;
  }

  get name(): string {
    return this.#adapter.name;
  }

  get health(): StoreHealth & Pick<BackupStoreHealth, "details"> & { readonly stores?: readonly BackupStoreHealth[] } {
    const stores = this.#several?.health;
    const { details } = this.#adapter;
    return { ...this.#guard.health, ...(details && { details }), ...(stores && { stores }) };
  }

  /** How many calls there have been for a key. Those of a cull are for ids. */
  get uses(): number {
    return this.#uses;
  }

  /** Waits until each of several stores has everything. */
  async flush(): Promise<void> {
    await this.#several?.flush();
  }

  read(key: string, before?: number): Awaitable<BackupRecord | undefined> {
    this.#uses++;
    return this.#guard.call("read", key, (call) => this.#adapter.read(this.#id(key), Object.assign(call, { before })));
  }

  readId(id: string): Awaitable<BackupRecord | undefined> {
    return this.#guard.call("read", undefined, (call) => this.#adapter.read(id, call));
  }

  /** Resolves with the greatest stamp that the store now has for the key. */
  write(key: string, bytes: Uint8Array, stamp: number, usedAt: number): Awaitable<number> {
    this.#uses++;
    return this.#guard.call("write", key, (call) => this.#adapter.write(this.#prefix + recordIdOnce(key), bytes, Object.assign(call, { loadedAt: stamp, usedAt })));
  }

  touch(key: string, usedAt: number): Awaitable<void> {
    this.#uses++;
    return this.#guard.call("touch", key, (call) => this.#adapter.touch(this.#id(key), Object.assign(call, { usedAt })));
  }

  /** Deletes every record of the key; with `ifUsedBefore`, only if it was not used at that time or later. */
  delete(key: string, ifUsedBefore?: number): Awaitable<boolean> {
    this.#uses++;
    return this.#guard.call("delete", key, (call) => this.#adapter.delete(this.#id(key), Object.assign(call, { ifUsedBefore })));
  }

  deleteUnused(id: string, ifUsedBefore: number): Awaitable<boolean> {
    return this.#guard.call("delete", undefined, (call) => this.#adapter.delete(id, Object.assign(call, { ifUsedBefore })));
  }

  /** The store's ids one by one, each with its own deadline. Long lists yield to the event loop now and then. */
  async *list(): AsyncIterable<BackupInfo> {
    const turns = new Turns();
    const stopped = new AbortController();
    const steps = await this.#guard.call("list", undefined, () => this.#adapter.list({ signal: stopped.signal })[Symbol.asyncIterator]());
    try {
      for (;;) {
        const info = await this.#guard.call("list", undefined, () => nextOf(steps));
        if (info === undefined) return;
        yield info;
        await turns.pass();
      }
    } finally {
      stopped.abort();
      // Lets the adapter clean up. Its failure no longer matters.
      Promise.resolve(steps.return?.()).catch(() => {});
    }
  }

  /** The store's lock, or a dummy if the store has no locks; `undefined` if another process has it. */
  async lock(): Promise<ReleaseLock | undefined> {
    if (this.#adapter.lock === undefined) return async () => {};
    const release = await this.#guard.call("lock", undefined, (call) => this.#adapter.lock?.(call));
    return release && (() => this.#guard.release("unlock", () => release()));
  }

  close(): Awaitable<void> {
    return this.#guard.release("close", () => this.#adapter.close?.());
  }

  #id(key: string): string {
    return this.#prefix + recordId(key);
  }
}

async function nextOf(steps: AsyncIterator<BackupInfo>): Promise<BackupInfo | undefined> {
  const { done, value } = await steps.next();
  if (done === true) return undefined;
  if (typeof value?.id !== "string") throw new TypeError("its list has something in it that is no BackupInfo");
  return value;
}
