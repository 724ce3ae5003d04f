import type { Awaitable } from "../base/async.ts";
import type { Entry } from "../entry/entry.ts";
import type { RecordFormat } from "../entry/record-format.ts";
import type { GuardedBackup } from "./guarded-backup.ts";

export interface RenewalParts {
  readonly store: GuardedBackup;
  readonly records: RecordFormat;
  /** Writes the entry under the stamp that it has. Never fails. */
  readonly write: (key: string, entry: Entry) => Awaitable<unknown>;
  readonly failedRead: (key: string, error: unknown) => void;
}

/** A load whose loader has said `notModified()`. */
export interface VouchingLoad {
  readonly key: string;
  readonly mayWrite: string;
}

/** Looks after the record of a value that was not loaded again: it may have gone, or be of a codec that has been replaced. */
export class Renewal {
  readonly #parts: RenewalParts;

  constructor(parts: RenewalParts) {
    this.#parts = parts;
  }

  /** Settles well. */
  async renew(load: VouchingLoad, entry: Entry): Promise<void> {
    const { key } = load;
    try {
      if (await this.#isKept(key, entry)) return;
    } catch (error) {
      return this.#parts.failedRead(key, error);
    }
    if (load.mayWrite !== "nothing") await this.#parts.write(key, entry);
  }

  /** Whether the store has the entry as it would be written today, or has something newer and the entry no more. */
  async #isKept(key: string, { stamp }: Entry): Promise<boolean> {
    const { store, records } = this.#parts;
    const newest = await store.read(key);
    if (newest === undefined || newest.loadedAt < stamp) return false;
    const record = newest.loadedAt === stamp ? newest : await store.read(key, stamp + 1);
    return record?.loadedAt !== stamp || !records.isOutdated(key, record.bytes);
  }
}
