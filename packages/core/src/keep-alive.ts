const A_DAY = 86_400_000;

/**
 * Keeps the process alive while a caller waits, and only then. Deadlines and background work hold nothing: a script that
 * awaits a get is not ended under it, and one that is done does not wait for a store that hangs.
 */
export class KeepAlive {
  readonly #timer: NodeJS.Timeout = setInterval(() => {}, A_DAY).unref();
  #waiting = 0;

  async during<T>(work: PromiseLike<T>): Promise<T> {
    if (this.#waiting++ === 0) this.#timer.ref();
    try {
      return await work;
    } finally {
      if (--this.#waiting === 0) this.#timer.unref();
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
