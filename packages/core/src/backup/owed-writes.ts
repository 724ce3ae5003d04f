import type { Metadata } from "../entry/entry.ts";

/** A backup write that is still owed. */
export interface BackupWrite {
  readonly key: string;
  readonly loadedAt: number;
  readonly payload: Uint8Array;
  readonly metadata?: Metadata | undefined;
  /** Whether it has been given a later stamp, to get past one from the future. Once is enough: the store may be lying. */
  readonly restamped?: boolean;
}

/** What has become of a write. */
export interface WriteOutcome {
  /** The stamp that the value has got: another than it was given where the clock was set back. */
  readonly loadedAt: number;
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
    if (kept !== undefined && kept.loadedAt > write.loadedAt) return [];
    this.delete(write.key);
    this.#writes.set(write.key, write);
    this.#bytes += write.payload.length;
    return this.#giveUpOldest();
  }

  /** Forgets the write of a key, unless it is newer than `upTo`. */
  delete(key: string, upTo: number = Infinity): void {
    const kept = this.#writes.get(key);
    if (kept === undefined || kept.loadedAt > upTo) return;
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
