import type { Metadata } from "../entry/entry.ts";

/** A backup write that is still owed. */
export interface BackupWrite {
  readonly key: string;
  /** When its load began, in epoch milliseconds. */
  readonly loadedAt: number;
  /** Orders it among the values of its key. */
  readonly stamp: number;
  readonly payload: Uint8Array;
  readonly metadata?: Metadata | undefined;
  /** Whether a caller has set it: then it comes after all that the store holds, also what another host with a clock ahead of ours wrote. */
  readonly isSet?: boolean;
  /** Whether it has been given a later stamp, to get past another. Once is enough: the store may be lying. */
  readonly isRestamped?: boolean;
}

/** What has become of a write. */
export interface WriteOutcome {
  /** The stamp that the value has got: a later one than it was given where it had to be moved past another. */
  readonly stamp: number;
  /** The greatest stamp that the store holds for the key. */
  readonly newest: number;
  /** Whether the store holds something newer, a deletion perhaps, from another process. */
  readonly isOvertaken: boolean;
}

const MOST_WRITES = 1_000;
const MOST_BYTES = 64 * 1024 * 1024;

/** Writes that failed and are to be tried again: one per key, the newest; bounded, the oldest given up first. */
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

  /** Keeps the write unless a newer one is kept for its key. Returns the writes that had to be given up to make room. */
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
