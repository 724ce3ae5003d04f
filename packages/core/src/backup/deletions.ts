import type { KeyedQueue } from "../base/keyed-queue.ts";
import { isBelievable } from "../entry/entry.ts";
import type { RecordFormat } from "../entry/record-format.ts";
import type { GuardedBackup } from "./guarded-backup.ts";
import type { Outbox } from "./outbox.ts";
import { unusedFor } from "./use-reports.ts";

// How long a tombstone lasts, in milliseconds: as long as a load may take that another process started before the deletion.
const TOMBSTONE_LIFE = 3_600_000;

export interface DeletionsParts {
  readonly store: GuardedBackup;
  readonly records: RecordFormat;
  readonly outbox: Outbox;
  readonly queue: KeyedQueue;
  readonly now: () => number;
  readonly cullTime: number;
  readonly failedTombstone: (key: string, error: unknown) => void;
}

/** Deletes the records of a key, and writes a tombstone. Without it, a load that runs in another process would bring the key back. */
export class Deletions {
  readonly #parts: DeletionsParts;
  readonly #tombstoneAge: number;

  constructor(parts: DeletionsParts) {
    this.#parts = parts;
    this.#tombstoneAge = unusedFor(parts.cullTime) - TOMBSTONE_LIFE;
  }

  /** Deletes all generations of the key, after all earlier writes. */
  async delete(key: string, deletedAt: number): Promise<void> {
    const { queue, outbox, store } = this.#parts;
    await queue.run(key, async () => {
      outbox.forget(key);
      await store.delete(key);
      await this.#writeTombstone(key, deletedAt);
    });
  }

  /**
   * Deletes values loaded up to `stamp`, and keeps newer ones that another process has stored. If another process stores a record
   * between read and deletion, the store deletes nothing, and only the tombstone hides the older values.
   */
  async deleteUpTo(key: string, stamp: number): Promise<void> {
    const { queue, outbox, store, now } = this.#parts;
    await queue.run(key, async () => {
      outbox.forget(key, stamp);
      const began = now();
      const newest = await store.read(key);
      if (newest !== undefined && newest.loadedAt > stamp && isBelievable(newest.loadedAt, began)) return;
      await store.delete(key, began);
      await this.#writeTombstone(key, stamp);
    });
  }

  /** Writes a tombstone that is newer than the values it hides, and whose last use is set back, so that a cull soon deletes it. */
  async #writeTombstone(key: string, deletedAt: number): Promise<void> {
    const { store, records, now, failedTombstone } = this.#parts;
    const usedAt = Math.max(0, now() - this.#tombstoneAge);
    try {
      await store.write(key, records.tombstone(key, deletedAt), deletedAt, usedAt);
    } catch (error) {
      failedTombstone(key, error); // the deletion itself has succeeded
    }
  }
}
