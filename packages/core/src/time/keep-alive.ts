const A_DAY = 86_400_000;

/**
 * Keeps the process alive while a caller waits, and only then. Deadlines and background work hold nothing: a script that
 * awaits a get is not ended under it, and one that is done does not wait for a store that hangs.
 */
export class KeepAlive {
  readonly #timer: NodeJS.Timeout = setInterval(() => {}, A_DAY).unref();
  #waiting = 0;
  #whenIdle: (() => void)[] = [];

  /** What comes of the work. */
  during<T>(work: Promise<T>): Promise<T> {
    return this.duringThen(work, itself);
  }

  /** What `pick` makes of the answer: every miss comes by here, and a promise more would be felt. */
  duringThen<T, U>(work: Promise<T>, pick: (answer: T) => U): Promise<U> {
    if (this.#waiting++ === 0) this.#timer.ref();
    return work.then(
      (answer) => (this.#over(), pick(answer)),
      (error: unknown) => {
        this.#over();
        throw error;
      },
    );
  }

  /** Waits until no caller waits. */
  async idle(): Promise<void> {
    while (this.#waiting > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  #over(): void {
    if (--this.#waiting > 0) return;
    this.#timer.unref();
    for (const resolve of this.#whenIdle) resolve();
    this.#whenIdle = [];
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

function itself<T>(answer: T): T {
  return answer;
}
