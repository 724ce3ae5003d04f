import type { Awaitable } from "../base/async.ts";
import type { Entry } from "../entry/entry.ts";
import type { RecordFormat } from "../entry/record-format.ts";
import type { GuardedBackup } from "./guarded-backup.ts";

export interface RenewalParts {
  readonly store: GuardedBackup;
  readonly records: RecordFormat;
  /** Writes the entry with its present stamp. Never fails. */
  readonly write: (key: string, entry: Entry) => Awaitable<unknown>;
  readonly failedRead: (key: string, error: unknown) => void;
}

/** A load whose loader has returned `notModified()`. */
export interface VouchingLoad {
  readonly key: string;
  readonly mayWrite: string;
}

/** Checks the record after a `notModified()`: it may have disappeared, or a replaced codec may have written it. */
export class Renewal {
  readonly #parts: RenewalParts;

  constructor(parts: RenewalParts) {
    this.#parts = parts;
  }

  /** Never rejects. */
  async renew(load: VouchingLoad, entry: Entry): Promise<void> {
    const { key } = load;
    try {
      if (await this.#isKept(key, entry)) return;
    } catch (error) {
      return this.#parts.failedRead(key, error);
    }
    if (load.mayWrite !== "nothing") await this.#parts.write(key, entry);
  }

  /** Whether nothing needs to be written: the store has the entry as it would be written today, or has only something newer. */
  async #isKept(key: string, { stamp }: Entry): Promise<boolean> {
    const { store, records } = this.#parts;
    const newest = await store.read(key);
    if (newest === undefined || newest.loadedAt < stamp) return false;
    const record = newest.loadedAt === stamp ? newest : await store.read(key, stamp + 1);
    return record?.loadedAt !== stamp || !records.isOutdated(key, record.bytes);
  }
}
