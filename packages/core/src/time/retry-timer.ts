const SHORTEST = 1_000;
const LONGEST = 60_000;

/** One timer for all retries: the first delay is a second, and each later one is twice as long, up to a minute. */
export class RetryTimer {
  readonly #attempt: () => void;
  #timer: NodeJS.Timeout | undefined;
  #delay = SHORTEST;

  constructor(attempt: () => void) {
    this.#attempt = attempt;
  }

  /** Sets the timer unless it is already set. The timer does not keep the process alive. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#delay = Math.min(this.#delay * 2, LONGEST);
      this.#attempt();
    }, this.#delay);
    this.#timer.unref();
  }

  /** Call when all has succeeded: cancels further retries, and the next delay is a second again. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#delay = SHORTEST;
  }
}
