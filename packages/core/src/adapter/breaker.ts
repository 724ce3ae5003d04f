const HANGS_IN_A_ROW = 5;
const SHORTEST_PAUSE = 1_000;
const LONGEST_PAUSE = 5_000;

/** The state of a store, as its calls have shown it. Times are epoch milliseconds. */
export interface StoreHealth {
  readonly name: string;
  /** `"paused"`: several calls in a row were not answered, so only one call now and then goes to the store. */
  readonly state: "ok" | "failing" | "paused";
  /** When the failures in a row began; absent while the store is ok. */
  readonly since?: number;
  /** How many calls in a row failed or were not answered. */
  readonly failures: number;
  /** The error of the last call; absent while the store is ok. */
  readonly error?: unknown;
}

/** What is known of a backup store. */
export interface BackupStoreHealth extends StoreHealth {
  /** What the store tells of itself, such as `{ driver: "node:sqlite" }`; absent while it tells nothing. */
  readonly details?: Readonly<Record<string, string>>;
  /** Values that are not durable there yet: their writes failed and are tried again. */
  readonly pendingWrites: number;
}

const STATES = ["ok", "failing", "paused"] as const;

/** The worse of two states. */
export function worseOf(one: StoreHealth, other: StoreHealth): StoreHealth {
  return STATES.indexOf(other.state) > STATES.indexOf(one.state) ? other : one;
}

/**
 * Stops calls to a store that does not answer, so that not every get waits for a deadline. After the pause, one call goes
 * through. If the store answers it, all calls go through again. If not, the next pause is twice as long, up to five seconds.
 *
 * Only time-outs count. Calls that fail at once cost nothing, and may fail because of one record among many.
 */
export class Breaker {
  #failures = 0;
  #hangs = 0;
  #since = 0;
  #error: unknown;
  #pausedUntil = 0;
  #probing = false;

  /** Whether a call may go to the store now. After `true`, the caller must call `succeeded`, `failed` or `hung`. */
  admits(clock: () => number): boolean {
    if (this.#hangs < HANGS_IN_A_ROW) return true;
    const now = clock();
    // If the clock is set back, a pause of seconds must not become one of hours.
    const paused = now < this.#pausedUntil && this.#pausedUntil - now <= LONGEST_PAUSE;
    if (paused || this.#probing) return false;
    this.#probing = true;
    return true;
  }

  succeeded(): void {
    if (this.#failures === 0) return;
    this.#failures = 0;
    this.#answered();
  }

  failed(error: unknown, now: number): void {
    this.#note(error, now);
    this.#answered();
  }

  hung(error: unknown, now: number): void {
    this.#note(error, now);
    this.#probing = false;
    if (++this.#hangs >= HANGS_IN_A_ROW) this.#pausedUntil = now + this.#pause();
  }

  get error(): unknown {
    return this.#error;
  }

  health(name: string): StoreHealth {
    if (this.#failures === 0) return { name, state: "ok", failures: 0 };
    const state = this.#hangs < HANGS_IN_A_ROW ? "failing" : "paused";
    return { name, state, since: this.#since, failures: this.#failures, error: this.#error };
  }

  #note(error: unknown, now: number): void {
    if (this.#failures++ === 0) this.#since = now;
    this.#error = error;
  }

  #answered(): void {
    this.#hangs = 0;
    this.#probing = false;
  }

  #pause(): number {
    return Math.min(SHORTEST_PAUSE * 2 ** (this.#hangs - HANGS_IN_A_ROW), LONGEST_PAUSE);
  }
}
