/** What a loader notes about a value beside it, such as an ETag. */
export type Metadata = Readonly<Record<string, string>>;

// Clocks of two hosts may differ by this much.
const SKEW = 60_000;

// A time further ahead of the clock than this is no time at which anything was loaded.
const A_DAY = 86_400_000;

/** A loaded value with its times. Entries never change: what stands in a cache is what some reader may hold. */
export class Entry<T = unknown> {
  readonly value: T;
  /** Epoch milliseconds at which the load started that produced the value. Age counts from here. 0 if it is not known. */
  readonly loadedAt: number;
  /** Epoch milliseconds from which on a cache must not answer with it. `Infinity` in a backup. */
  readonly expiresAt: number;
  /** Whether it is a backup standing in for a load that failed. */
  readonly stale: boolean;
  readonly metadata: Metadata | undefined;
  /** Orders the values of a key: the greatest is the newest. `loadedAt`, or later where that had to be moved past another stamp. */
  readonly stamp: number;
  /** Epoch milliseconds at which the copy was put into its cache. */
  readonly filledAt: number;
  /** How far the clock of this process had been set back by then. */
  readonly setBack: number;

  constructor(value: T, loadedAt: number, expiresAt: number, stale: boolean, metadata?: Metadata, stamp: number = loadedAt, filledAt: number = loadedAt, setBack = 0) {
    this.value = value;
    this.loadedAt = loadedAt;
    this.expiresAt = expiresAt;
    this.stale = stale;
    this.metadata = metadata;
    this.stamp = stamp;
    this.filledAt = filledAt;
    this.setBack = setBack;
  }

  /** The same under the stamp that it has got in the backup. */
  stamped(stamp: number): Entry<T> {
    return stamp === this.stamp ? this : new Entry(this.value, this.loadedAt, this.expiresAt, this.stale, this.metadata, stamp, this.filledAt, this.setBack);
  }

  /** The same as a copy that was put into a cache at `filledAt`. */
  filled(filledAt: number, setBack: number): Entry<T> {
    return new Entry(this.value, this.loadedAt, this.expiresAt, this.stale, this.metadata, this.stamp, filledAt, setBack);
  }

  /** Whether its times can be true for a reader at `now`. */
  isBelievable(now: number): boolean {
    return isBelievable(this.loadedAt, now) && isBelievable(this.stamp, now) && isBelievable(this.filledAt, now);
  }

  /** The same for a reader at `now`. What cannot be true counts as the oldest there is, and such a copy is not fresh. */
  believed(now: number): Entry<T> {
    if (this.isBelievable(now)) return this;
    return new Entry(this.value, believed(this.loadedAt, now), 0, this.stale, this.metadata, believed(this.stamp, now), 0);
  }
}

/** Whether a stamp or time that was read somewhere can be true: a whole number, and no more than a day ahead of the clock. */
export function isBelievable(time: number, now: number): boolean {
  return Number.isSafeInteger(time) && time >= 0 && time <= now + A_DAY;
}

/** The same time where it can be true, else 0, which is not known. */
export function believed(time: number, now: number): number {
  return isBelievable(time, now) ? time : 0;
}

/**
 * Whether a copy may be an answer at `now`. A clock that was set back, while the process ran (`setBack`, in total) or between two
 * runs, makes no copy fresh for longer.
 */
export function isFresh({ expiresAt, filledAt, setBack: setBackThen }: Entry, now: number, setBack: number): boolean {
  return expiresAt > now + (setBack - setBackThen) && filledAt <= now + SKEW;
}

/** Whether a copy that is there beats one that comes later: it is newer, or it was loaded and the other is the same value standing in. */
export function beats(there: Entry, coming: Entry): boolean {
  return there.stamp > coming.stamp || (there.stamp === coming.stamp && coming.stale && !there.stale);
}

/** How old the value is, in milliseconds. A clock that was set back makes nothing younger than new. */
export function ageOf(entry: Entry, now: number): number {
  return Math.max(0, now - entry.loadedAt);
}

/** Tells an answer that is here from a promise of one, faster than a look for `then` does. */
export function isEntryOrNothing(found: unknown): found is Entry | undefined {
  return found === undefined || found instanceof Entry;
}
