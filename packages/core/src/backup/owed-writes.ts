import type { BackupContent } from "../entry/record-format.ts";

/** A write to the backup that is not durable yet. */
export interface BackupWrite extends BackupContent {
  /** Orders the values of a key. */
  readonly stamp: number;
  /** Whether the value comes from `set`. It then comes after every stored value, even one of a host whose clock is ahead. */
  readonly isSet?: boolean;
  /** The stamp that it was given, if that has been moved past another one. This happens only once, because the store may return wrong stamps. */
  readonly movedFrom?: number;
}

/** The outcome of a write. */
export interface WriteOutcome {
  /** The stamp of the stored value. It is later than requested if it had to be moved past another. */
  readonly stamp: number;
  /** The greatest stamp that the store has for the key. */
  readonly newest: number;
  /** Whether the store has something newer from another process: a value or a tombstone. */
  readonly isOvertaken: boolean;
}

const MOST_WRITES = 1_000;
const MOST_BYTES = 64 * 1024 * 1024;

/** The newest write of each key, up to a limit of number and bytes. Beyond the limit, the oldest are given up first. */
export class OwedWrites {
  readonly #writes = new Map<string, BackupWrite>();
  #bytes = 0;

  get size(): number {
    return this.#writes.size;
  }

  keys(): string[] {
    return Array.from(this.#writes.keys());
  }

  get(key: string): BackupWrite | undefined {
    return this.#writes.get(key);
  }

  /** Keeps the write unless a newer one of its key is kept. Returns the writes that were given up to make room. */
  add(write: BackupWrite): BackupWrite[] {
    const kept = this.#writes.get(write.key);
    if (kept !== undefined && kept.stamp > write.stamp) return [];
    this.delete(write.key);
    this.#writes.set(write.key, write);
    this.#bytes += write.payload.length;
    return this.#giveUpOldest();
  }

  /** Forgets the write of a key, unless it is newer than `upTo`. */
  delete(key: string, upTo: number = Infinity): void {
    if (this.#writes.size === 0) return; // as at nearly every write
    const kept = this.#writes.get(key);
    if (kept === undefined || kept.stamp > upTo) return;
    this.#writes.delete(key);
    this.#bytes -= kept.payload.length;
  }

  #giveUpOldest(): BackupWrite[] {
    const givenUp: BackupWrite[] = [];
    for (const [key, write] of this.#writes) {
      if (this.#writes.size <= MOST_WRITES && this.#bytes <= MOST_BYTES) break;
      this.delete(key);
      givenUp.push(write);
    }
    return givenUp;
  }
}
