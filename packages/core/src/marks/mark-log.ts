import { nothing } from "../base/async.ts";
import { Generations } from "../backup/generations.ts";
import type { GuardedBackup } from "../backup/guarded-backup.ts";
import { isBelievable } from "../entry/entry.ts";
import { MARK_VALUE, type RecordFormat } from "../entry/record-format.ts";
import { shownKey } from "../base/stored-key.ts";
import { DatastoreError } from "../report/errors.ts";
import type { Events } from "../report/events.ts";

// How often a write moves its version past one that another process has stored meanwhile.
const MOST_ATTEMPTS = 10;

/** The marks in the backup store. The stamp of a record is the version of its mark. */
export class MarkLog {
  readonly #log: GuardedBackup;
  readonly #records: RecordFormat;
  readonly #generations: Generations;
  readonly #now: () => number;

  constructor(log: GuardedBackup, records: RecordFormat, events: Events, now: () => number) {
    this.#log = log;
    this.#records = records;
    this.#generations = new Generations({ store: log, records, events, now });
    this.#now = now;
  }

  /** The version of the mark; 0 if it was never set. Rejects if the store cannot be read. */
  async read(mark: string): Promise<number> {
    const entry = await this.#generations.newestGood(mark, nothing);
    return entry?.stamp ?? 0;
  }

  /** Sets the mark, durably. Resolves with its version: `version`, or a greater one if another process has set the mark too. */
  async write(mark: string, version: number): Promise<number> {
    let next = version;
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const newest = await this.#write(mark, next);
      if (newest <= next) return next;
      // A stamp that cannot be true would keep out every mark.
      if (isBelievable(newest, this.#now())) next = newest + 1;
      else await this.#log.delete(mark);
    }
    throw new DatastoreError("STORE_FAILED", `${this.#log.name} has a newer record each time that ${shownKey(mark)} is written`, { adapter: this.#log.name, operation: "write" });
  }

  /** Keeps the record from being culled. */
  async touch(mark: string): Promise<void> {
    await this.#log.touch(mark, this.#now());
  }

  #write(mark: string, version: number): PromiseLike<number> | number {
    const record = this.#records.toBackupRecord({ key: mark, loadedAt: version, payload: this.#records.encodeValue(mark, MARK_VALUE) });
    return this.#log.write(mark, record, version, this.#now());
  }
}
