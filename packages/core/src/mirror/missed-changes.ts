/** A record on its way to one store. */
export interface RecordWrite {
  readonly bytes: Uint8Array;
  readonly loadedAt: number;
  readonly usedAt: number;
}

/** What a store has missed of one id. */
export interface Missed {
  /** Whether all that it has of the id is to be forgotten first. */
  readonly forget: boolean;
  readonly write?: RecordWrite | undefined;
}

const MOST_IDS = 1_000;
const MOST_BYTES = 64 * 1024 * 1024;

/** The changes that one store has missed: of each id the newest; bounded, the oldest given up first, which reads make up for. */
export class MissedChanges {
  readonly #byId = new Map<string, Missed>();
  #bytes = 0;

  get size(): number {
    return this.#byId.size;
  }

  ids(): string[] {
    return Array.from(this.#byId.keys());
  }

  get(id: string): Missed | undefined {
    return this.#byId.get(id);
  }

  addDeletion(id: string): void {
    this.#set(id, { forget: true });
  }

  /** Of two writes the one of the greater stamp is kept; of one stamp, the later. */
  addWrite(id: string, write: RecordWrite): void {
    const { forget = false, write: kept } = this.#byId.get(id) ?? {};
    this.#set(id, { forget, write: kept !== undefined && kept.loadedAt > write.loadedAt ? kept : write });
  }

  delete(id: string): void {
    this.#bytes -= this.#byId.get(id)?.write?.bytes.length ?? 0;
    this.#byId.delete(id);
  }

  #set(id: string, missed: Missed): void {
    this.delete(id);
    this.#byId.set(id, missed);
    this.#bytes += missed.write?.bytes.length ?? 0;
    for (const oldest of this.#byId.keys()) {
      if (this.#byId.size <= MOST_IDS && this.#bytes <= MOST_BYTES) return;
      this.delete(oldest);
    }
  }
}
