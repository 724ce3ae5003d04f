/**
 * The only place that starts work which nobody awaits. Each piece of work handles its own failures. If one fails all the
 * same, `report` gets the error, so that it never ends the process. `close()` drains the background.
 */
export class Background {
  readonly #running = new Set<Promise<void>>();
  readonly report: (error: unknown) => void;

  constructor(report: (error: unknown) => void) {
    this.report = report;
  }

  run(work: () => PromiseLike<unknown>): void {
    const over = (): void => void this.#running.delete(running);
    const failed = (error: unknown): void => (over(), this.report(error));
    const running: Promise<void> = Promise.resolve().then(work).then(over, failed);
    this.#running.add(running);
  }

  /** Waits until nothing runs, including what the running work starts meanwhile. */
  async drain(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
