import type { Awaitable } from "./adapter.ts";
import type { Background } from "./background.ts";
import type { BackupTier, Refusal } from "./backup-tier.ts";
import type { CacheTier } from "./cache-tier.ts";
import { type Entry, isEntryOrNothing } from "./entry.ts";
import { messageOf } from "./errors.ts";
import type { Events } from "./events.ts";
import { MissedWrites } from "./missed-writes.ts";
import type { BackupWrite, Kept } from "./pending-writes.ts";
import { afterwards, isPromiseLike, within } from "./promises.ts";
import type { Records } from "./records.ts";
import { Touches } from "./touches.ts";
import { warnOnce } from "./warnings.ts";

export interface StoresParts {
  readonly cache: CacheTier;
  readonly backup: BackupTier;
  readonly records: Records;
  readonly events: Events;
  readonly background: Background;
  readonly cullTime: number;
}

/** Cache and backup as a `get` sees them: a store that fails has nothing, or keeps nothing, and an event tells. Nothing rejects. */
export class Stores {
  readonly #cache: CacheTier;
  readonly #backup: BackupTier;
  readonly #records: Records;
  readonly #events: Events;
  readonly #background: Background;
  readonly #touches: Touches;
  readonly #missed = new MissedWrites();

  constructor(parts: StoresParts) {
    this.#cache = parts.cache;
    this.#backup = parts.backup;
    this.#records = parts.records;
    this.#events = parts.events;
    this.#background = parts.background;
    this.#touches = new Touches(parts.cullTime / 10);
  }

  /** What the cache has for the key, fresh or not. */
  cached(key: string): Awaitable<Entry | undefined> {
    try {
      const found = this.#cache.get(key);
      if (isEntryOrNothing(found)) return this.#unlessOutdated(key, found);
      return found.then(
        (entry) => this.#unlessOutdated(key, entry),
        (error) => this.#cacheFailed(key, "get", error),
      );
    } catch (error) {
      return this.#cacheFailed(key, "get", error);
    }
  }

  /** Puts the entry into the cache for `ttl` milliseconds. `payload` is its value in bytes, where it has been encoded before. */
  fill(key: string, entry: Entry, ttl: number, payload?: Uint8Array): Awaitable<void> {
    const filled = (): void => {};
    return afterwards(() => this.replaceCached(key, entry, ttl, payload), filled, (error) => this.#cacheFailed(key, "set", error));
  }

  /** Takes an entry out of the cache again, unless a newer one is there. */
  async withdraw(key: string, entry: Entry): Promise<void> {
    try {
      await this.#cache.withdraw(key, entry.loadedAt);
    } catch (error) {
      this.#cacheFailed(key, "delete", error);
    }
  }

  /** Like `fill`, but rejects if the cache fails. */
  replaceCached(key: string, entry: Entry, ttl: number, payload?: Uint8Array): Awaitable<void> {
    return this.#orMissed(key, entry.loadedAt, () => this.#cache.set(key, entry, ttl, payload));
  }

  /** Like `deleteCached`, but a value whose load is under way elsewhere may still come in: the backup is to be cached again. */
  expireCached(key: string, stamp: number): Awaitable<void> {
    return this.#orMissed(key, stamp, () => this.#cache.expire(key));
  }

  /** Takes the key out of the cache. Rejects if the cache fails; what was loaded before `stamp` is no answer any more, even so. */
  deleteCached(key: string, stamp: number): Awaitable<void> {
    return this.#orMissed(key, stamp, () => this.#cache.delete(key, stamp));
  }

  /** The newest backup that is not refused. */
  async lastGood(key: string, refusal: Refusal): Promise<Entry | undefined> {
    try {
      return await this.#backup.read(key, refusal);
    } catch (error) {
      this.backupFailed(key, "read", error);
      return undefined;
    }
  }

  /** A value in bytes, made right after the load: a caller may change the value that it is handed. `undefined` if that cannot be. */
  encode(key: string, value: unknown): Uint8Array | undefined {
    try {
      return this.#records.payload(key, value);
    } catch (error) {
      this.#unserializable(key, error);
      return undefined;
    }
  }

  /**
   * Settles when the backup is durable, has failed, or has taken longer than `wait`: then it goes on behind.
   * Resolves with what has become of the write, if that is known by then.
   */
  keep(write: BackupWrite, wait: number): Awaitable<Kept | undefined> {
    try {
      const written = this.#backup.write(write);
      if (!isPromiseLike(written)) return written;
      const settled = written.then(undefined, nothingKnown); // the tier has told of the failure, and tries again
      this.#background.run(() => settled);
      return wait > 0 ? within(settled, wait, nothingKnown) : undefined;
    } catch {
      return undefined; // as above
    }
  }

  /** Like `deleteCached`, but an event tells of a failure. */
  async forgetCached(key: string, deletedAt: number): Promise<void> {
    try {
      await this.deleteCached(key, deletedAt);
    } catch (error) {
      this.#cacheFailed(key, "delete", error);
    }
  }

  async forgetBackup(key: string, deletedAt: number): Promise<void> {
    try {
      await this.#backup.delete(key, deletedAt);
    } catch (error) {
      this.backupFailed(key, "delete", error);
    }
  }

  /** Tells the backup that the key is in use, where its last known use is long enough ago for that to matter to a cull. */
  touchIfDue(key: string, entry: Entry, now: number): void {
    if (!this.#touches.due(key, entry.loadedAt, now)) return;
    this.#background.run(async () => {
      try {
        await this.#backup.touch(key);
      } catch (error) {
        this.backupFailed(key, "touch", error);
      }
    });
  }

  /** Reads the backup behind and says so if it does not have the value that was loaded at `loadedAt`, or a newer one. */
  drill(key: string, loadedAt: number): void {
    this.#background.run(async () => {
      await this.#backup.settled(key); // with a short backupWait, the write may still be under way
      const entry = await this.lastGood(key, () => undefined);
      if (entry !== undefined && entry.loadedAt >= loadedAt) return;
      this.backupFailed(key, "drill", new Error(`${JSON.stringify(key)} was written, and a drill did not find it`));
    });
  }

  backupFailed(key: string | undefined, operation: string, error: unknown): void {
    this.#events.emit("backupFailed", { key, operation, error, retry: false });
  }

  #orMissed(key: string, stamp: number, write: () => Awaitable<void>): Awaitable<void> {
    const made = (): void => this.#missed.made(key);
    return afterwards(write, made, (error) => {
      this.#missed.missed(key, stamp);
      throw error;
    });
  }

  #unlessOutdated(key: string, entry: Entry | undefined): Entry | undefined {
    return entry !== undefined && this.#missed.outdates(key, entry.loadedAt) ? undefined : entry;
  }

  #cacheFailed(key: string, operation: string, error: unknown): undefined {
    this.#events.emit("cacheFailed", { key, operation, error });
  }

  /** A value that no backup can hold is a mistake in the program: if nobody listens, it is said aloud, once. */
  #unserializable(key: string, error: unknown): void {
    if (!this.#events.topics.backupFailed.isHeard) warnOnce("LASTGOOD_UNSERIALIZABLE", `no backup of ${JSON.stringify(key)}: ${messageOf(error)}`);
    this.backupFailed(key, "encode", error);
  }
}

function nothingKnown(): undefined {}
