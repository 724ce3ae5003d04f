/**
 * The one place where work is started that nobody awaits. Each piece handles its own failures; should one fail all the
 * same, `report` hears of it, never the process. `close()` drains it.
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

  /** Waits until nothing runs, whatever the running work starts meanwhile. */
  async drain(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
