/** What a loader notes about a value beside it, such as an ETag. */
export type Metadata = Readonly<Record<string, string>>;

/** A loaded value with its times. Entries never change: what stands in a cache is what some reader may hold. */
export class Entry<T = unknown> {
  readonly value: T;
  /** Epoch milliseconds at which the load started that produced the value. */
  readonly loadedAt: number;
  /** Epoch milliseconds from which on a cache must not answer with it. `Infinity` in a backup. */
  readonly expiresAt: number;
  /** Whether it is a backup standing in for a load that failed. */
  readonly stale: boolean;
  readonly metadata: Metadata | undefined;

  constructor(value: T, loadedAt: number, expiresAt: number, stale: boolean, metadata?: Metadata) {
    this.value = value;
    this.loadedAt = loadedAt;
    this.expiresAt = expiresAt;
    this.stale = stale;
    this.metadata = metadata;
  }

  /** The same under the stamp that it has got in the backup. */
  stamped(loadedAt: number): Entry<T> {
    return loadedAt === this.loadedAt ? this : new Entry(this.value, loadedAt, this.expiresAt, this.stale, this.metadata);
  }
}

/** How old the value is, in milliseconds. A clock that was set back makes nothing younger than new. */
export function ageOf(entry: Entry, now: number): number {
  return Math.max(0, now - entry.loadedAt);
}

/** Tells an answer that is here from a promise of one, faster than a look for `then` does. */
export function isEntryOrNothing(found: unknown): found is Entry | undefined {
  return found === undefined || found instanceof Entry;
}
