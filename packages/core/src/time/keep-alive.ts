const A_DAY = 86_400_000;

/**
 * Keeps the process alive while a caller waits, and only then. Deadlines and background work hold nothing: a script that
 * awaits a get is not ended under it, and one that is done does not wait for a store that hangs.
 */
export class KeepAlive {
  readonly #timer: NodeJS.Timeout = setInterval(() => {}, A_DAY).unref();
  readonly #waiting = new Set<PromiseLike<unknown>>();

  async during<T>(work: PromiseLike<T>): Promise<T> {
    this.#waiting.add(work);
    this.#timer.ref();
    try {
      return await work;
    } finally {
      this.#waiting.delete(work);
      if (this.#waiting.size === 0) this.#timer.unref();
    }
  }

  /** Waits until no caller waits. */
  async idle(): Promise<void> {
    while (this.#waiting.size > 0) await Promise.allSettled(this.#waiting);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
