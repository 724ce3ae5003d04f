/** Tells the time in epoch milliseconds. */
export interface TimeSource {
  now(): number;
}

export const systemClock: TimeSource = { now: () => Date.now() };

// The wall clock and the monotonic clock differ by rounding and by pauses between their two readings.
const TOLERANCE = 1_000;

// Readings this close together are not compared with the monotonic clock: nearly every hit would pay for it.
const CLOSE = 5;

/**
 * A wall clock, and by how much it has been set back while the process ran. A copy whose expiry was worked out before would
 * otherwise be fresh for that much longer.
 *
 * A clock that a test hands in has no monotonic clock beside it: the time that it shows counts as real while it moves forwards.
 */
export class WatchedClock {
  /** Milliseconds by which the clock has been set back in total. */
  setBack = 0;
  /** What the clock would have shown at the last reading if it had never been set back. Readings up to here may be ambiguous. */
  latest = 0;
  readonly #source: TimeSource;
  readonly #isSystem: boolean;
  #wall: number;
  #monotonic = performance.now();
  #moved = 0;

  constructor(source: TimeSource) {
    this.#source = source;
    this.#isSystem = source === systemClock;
    this.#wall = wholeMilliseconds(source);
  }

  /** Whole epoch milliseconds. */
  readonly now = (): number => {
    const now = this.#isSystem ? Date.now() : wholeMilliseconds(this.#source);
    const passed = now - this.#wall;
    if (this.#isSystem && passed >= 0 && passed <= CLOSE) return now;
    if (passed !== 0) this.#compare(now, passed);
    return now;
  };

  /** Milliseconds of real time since some moment. Setting the wall clock does not change it. */
  uptime(): number {
    this.now();
    return performance.now() + (this.#isSystem ? 0 : this.#moved);
  }

  #compare(now: number, passed: number): void {
    const lost = this.#isSystem ? this.#elapsed() - passed : -passed;
    if (lost > (this.#isSystem ? TOLERANCE : 0)) {
      this.setBack += lost;
      this.latest = Math.max(this.latest, now + lost);
    }
    this.#moved += Math.max(0, passed);
    this.#wall = now;
  }

  #elapsed(): number {
    const before = this.#monotonic;
    this.#monotonic = performance.now();
    return this.#monotonic - before;
  }
}

const watched = new WeakMap<TimeSource, WatchedClock>();

/** One for each clock: datastores that share a cache in this process agree on what is fresh. */
export function watch(source: TimeSource): WatchedClock {
  const known = watched.get(source) ?? new WatchedClock(source);
  watched.set(source, known);
  return known;
}

/** Whatever a clock of the user's own says or throws. */
function wholeMilliseconds(source: TimeSource): number {
  try {
    const now: unknown = source.now();
    if (typeof now === "number" && Number.isFinite(now)) return Math.max(0, Math.trunc(now));
  } catch {
    // As if it had shown no time.
  }
  return Date.now();
}
