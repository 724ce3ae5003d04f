/** Callers that wait, in the order they came. A caller leaves when its signal is aborted. */
export class Turns {
  readonly #waiting = new Set<() => void>();

  wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const enter = (): void => {
        signal?.removeEventListener("abort", leave);
        resolve();
      };
      const leave = (): void => {
        this.#waiting.delete(enter);
        reject(signal?.reason);
      };
      this.#waiting.add(enter);
      signal?.addEventListener("abort", leave, { once: true });
    });
  }

  /** Ends the wait of the caller that came first. False if nobody waits. */
  next(): boolean {
    const [enter] = this.#waiting;
    if (enter === undefined) return false;
    this.#waiting.delete(enter);
    enter();
    return true;
  }
}
