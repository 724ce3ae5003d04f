const SHORTEST = 1_000;
const LONGEST = 60_000;

/** One timer for everything that is to be tried again: after a second, then at twice the distance up to a minute. */
export class RetryTimer {
  readonly #attempt: () => void;
  #timer: NodeJS.Timeout | undefined;
  #delay = SHORTEST;

  constructor(attempt: () => void) {
    this.#attempt = attempt;
  }

  /** Sets the timer unless it is set. It keeps no process alive. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#delay = Math.min(this.#delay * 2, LONGEST);
      this.#attempt();
    }, this.#delay);
    this.#timer.unref();
  }

  /** All went well: no more attempts, and the next series begins at the shortest distance. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#delay = SHORTEST;
  }
}
