/** A source of the time in epoch milliseconds. */
export interface TimeSource {
  now(): number;
}

export const systemClock: TimeSource = { now: () => Date.now() };

// Rounding, and pauses between the two readings, make the wall clock differ from the monotonic clock.
const TOLERANCE = 1_000;

// Readings this close together are not compared with the monotonic clock, because nearly every hit would pay for that.
const CLOSE = 5;

/**
 * A wall clock that notices by how much it was set back while the process ran. Copies whose expiry was computed before would
 * otherwise stay fresh for that much longer.
 *
 * A test's clock has no monotonic clock beside it, so its time counts as real time while it moves forwards.
 */
export class WatchedClock {
  /** By how many milliseconds the clock has been set back in total. */
  setBack = 0;
  /** The last reading as it would be if the clock had never been set back. Times up to this one may have occurred twice. */
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
    this.now = this.#isSystem ? this.#systemNow : this.#givenNow;
  }

  /** The time in whole epoch milliseconds. */
  readonly now: () => number;

  /** Monotonic time in milliseconds. Setting the wall clock does not change it. */
  uptime(): number {
    this.now();
    return performance.now() + (this.#isSystem ? 0 : this.#moved);
  }

  /** As short as can be, because every hit reads the clock. */
  readonly #systemNow = (): number => {
    const now = Date.now();
    const passed = now - this.#wall;
    if (passed < 0 || passed > CLOSE) this.#compare(now, passed);
    return now;
  };

  readonly #givenNow = (): number => {
    const now = wholeMilliseconds(this.#source);
    const passed = now - this.#wall;
    if (passed !== 0) this.#compare(now, passed);
    return now;
  };

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

/** Returns one watched clock for each source, so that datastores that share a cache in this process agree on what is fresh. */
export function watch(source: TimeSource): WatchedClock {
  const known = watched.get(source) ?? new WatchedClock(source);
  watched.set(source, known);
  return known;
}

/** Reads a user's clock, which may return or throw anything. */
function wholeMilliseconds(source: TimeSource): number {
  try {
    const now: unknown = source.now();
    if (typeof now === "number" && Number.isFinite(now)) return Math.max(0, Math.trunc(now));
  } catch {
    // Treated like a clock that returns no time.
  }
  return Date.now();
}
