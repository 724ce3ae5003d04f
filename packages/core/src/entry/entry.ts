/** Notes that a loader keeps beside a value, such as an ETag. */
export type Metadata = Readonly<Record<string, string>>;

/** The marks that apply to a value, by stored key, each with the version that its load knew. A greater version has been set since. */
export type SeenMarks = readonly (readonly [mark: string, version: number])[];

// How much the clocks of two hosts may differ, in milliseconds.
const SKEW = 60_000;

// A time further ahead of the clock than this cannot be a load time.
const A_DAY = 86_400_000;

/**
 * A loaded value with its times. Entries never change, because readers may hold the same object as a cache.
 *
 * Every other time is kept as its difference from `loadedAt`. V8 keeps a small whole number in the object itself, and gives any other number 16 bytes
 * beside it. A million entries take 64 MB less that way.
 */
export class Entry<T = unknown> {
  readonly value: T;
  /** Epoch milliseconds at which the load of the value started. Its age counts from here. 0 if unknown. */
  readonly loadedAt: number;
  /** Whether this is a backup that stands in for a failed load. */
  readonly stale: boolean;
  readonly metadata: Metadata | undefined;
  /** How far the clock of this process had been set back by `filledAt`. */
  readonly setBack: number;
  readonly marks: SeenMarks | undefined;
  /** `undefined`: never. */
  private readonly expiresAfter: number | undefined;
  private readonly stampAfter: number;
  private readonly filledAfter: number;
  private readonly confirmedAfter: number;

  constructor(value: T, loadedAt: number, expiresAt: number, stale: boolean, metadata?: Metadata, stamp: number = loadedAt, filledAt: number = loadedAt, setBack = 0, confirmedAt: number = Math.min(stamp, filledAt) + setBack, marks?: SeenMarks) {
    this.value = value;
    this.loadedAt = loadedAt;
    this.stale = stale;
    this.metadata = metadata;
    this.setBack = setBack;
    this.marks = marks;
    this.expiresAfter = expiresAt === Infinity ? undefined : expiresAt - loadedAt;
    this.stampAfter = stamp - loadedAt;
    this.filledAfter = filledAt - loadedAt;
    this.confirmedAfter = confirmedAt - loadedAt;
  }

  /** Epoch milliseconds from which a cache must not answer with this entry. `Infinity` in a backup. */
  get expiresAt(): number {
    return this.expiresAfter === undefined ? Infinity : this.loadedAt + this.expiresAfter;
  }

  /** Orders the values of a key: the greatest stamp is the newest. It is `loadedAt`, or later if it had to be moved past another stamp. */
  get stamp(): number {
    return this.loadedAt + this.stampAfter;
  }

  /** Epoch milliseconds at which the copy was cached. */
  get filledAt(): number {
    return this.loadedAt + this.filledAfter;
  }

  /** By when a farther level was last known to have nothing newer, as if the clock had never been set back. */
  get confirmedAt(): number {
    return this.loadedAt + this.confirmedAfter;
  }

  /** The same entry with these marks. */
  marked(marks: SeenMarks | undefined): Entry<T> {
    if (marks === this.marks) return this;
    return new Entry(this.value, this.loadedAt, this.expiresAt, this.stale, this.metadata, this.stamp, this.filledAt, this.setBack, this.confirmedAt, marks);
  }

  /** The same entry, no longer fresh. */
  outdated(): Entry<T> {
    return new Entry(this.value, this.loadedAt, 0, this.stale, this.metadata, this.stamp, this.filledAt, this.setBack, this.confirmedAt, this.marks);
  }

  /** The same entry with the stamp that the backup gave it. */
  stamped(stamp: number): Entry<T> {
    return stamp === this.stamp ? this : new Entry(this.value, this.loadedAt, this.expiresAt, this.stale, this.metadata, stamp, this.filledAt, this.setBack, undefined, this.marks);
  }

  /** The same entry as a copy that was cached at `filledAt`. */
  filled(filledAt: number, setBack: number): Entry<T> {
    if (filledAt === this.filledAt && setBack === this.setBack) return this;
    return new Entry(this.value, this.loadedAt, this.expiresAt, this.stale, this.metadata, this.stamp, filledAt, setBack, undefined, this.marks);
  }

  /** The same, of which a farther level has said at `confirmedAt` that it is the newest. */
  confirmed(confirmedAt: number): Entry<T> {
    return new Entry(this.value, this.loadedAt, this.expiresAt, this.stale, this.metadata, this.stamp, this.filledAt, this.setBack, confirmedAt, this.marks);
  }

  /**
   * Whether it is fresh at `now`. Setting the clock back, while the process runs (by `setBack` in total) or between two runs,
   * does not make a copy fresh for longer. In differences, because every hit comes here.
   */
  isFresh(now: number, setBack: number): boolean {
    const passed = now - this.loadedAt;
    return (this.expiresAfter === undefined || this.expiresAfter > passed + (setBack - this.setBack)) && this.filledAfter <= passed + SKEW;
  }

  /** Whether a reader at `now` can believe its times. */
  isBelievable(now: number): boolean {
    return isBelievable(this.loadedAt, now) && isBelievable(this.stamp, now) && isBelievable(this.filledAt, now);
  }

  /** The same entry for a reader at `now`. If its times cannot be true, it counts as the oldest possible and is not fresh. */
  believed(now: number): Entry<T> {
    if (this.isBelievable(now)) return this;
    return new Entry(this.value, believed(this.loadedAt, now), 0, this.stale, this.metadata, believed(this.stamp, now), 0, 0, undefined, this.marks);
  }
}

/** Whether a stamp or time from a store can be true: a whole number, and at most a day ahead of the clock. */
export function isBelievable(time: number, now: number): boolean {
  return Number.isSafeInteger(time) && time >= 0 && time <= now + A_DAY;
}

/** The same time if it can be true, else 0, which means unknown. */
export function believed(time: number, now: number): number {
  return isBelievable(time, now) ? time : 0;
}

/**
 * Whether a stored copy beats a coming one: its stamp is greater, or the coming copy is the same value as a stand-in. Unless a mark has outdated
 * the stored one, of which the coming one knows.
 */
export function beats(there: Entry, coming: Entry): boolean {
  return there.stamp > coming.stamp || (there.stamp === coming.stamp && coming.stale && !there.stale && !knowsLaterMark(coming.marks, there.marks));
}

function knowsLaterMark(marks: SeenMarks = [], of: SeenMarks = []): boolean {
  const known = new Map(marks);
  return of.some(([mark, version]) => (known.get(mark) ?? 0) > version);
}

/** The age of the value in milliseconds. It is never negative, even if the clock was set back. */
export function ageOf(entry: Entry, now: number): number {
  return Math.max(0, now - entry.loadedAt);
}

/** Tells an answer from a promise of one. Faster than checking for `then`. */
export function isEntryOrNothing(found: unknown): found is Entry | undefined {
  return found === undefined || found instanceof Entry;
}
