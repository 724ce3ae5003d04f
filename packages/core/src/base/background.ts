import { isPromiseLike } from "./async.ts";

/**
 * The only place that starts work which nobody awaits. Each piece of work handles its own failures. If one fails all the
 * same, `report` gets the error, so that it never ends the process. `close()` drains the background.
 */
export class Background {
  readonly #running = new Set<Promise<void>>();
  readonly report: (error: unknown) => void;
  readonly #host: ((work: Promise<void>) => unknown) | undefined;

  /** `host`: is handed each piece of work, in a place that may freeze the process as soon as nothing is known to run. */
  constructor(report: (error: unknown) => void, host?: (work: Promise<void>) => unknown) {
    this.report = report;
    this.#host = host;
  }

  run(work: () => PromiseLike<unknown>): void {
    const over = (): void => void this.#running.delete(running);
    const failed = (error: unknown): void => (over(), this.report(error));
    const running: Promise<void> = Promise.resolve().then(work).then(over, failed);
    this.#note(running);
  }

  /** Like `run`, for work that has begun and whose failure is handled elsewhere. Two promises less, because thousands of writes may wait. */
  add(work: PromiseLike<unknown>): void {
    const over = (): void => void this.#running.delete(running);
    const running = work.then(over, over) as Promise<void>;
    this.#note(running);
  }

  #note(running: Promise<void>): void {
    this.#running.add(running);
    if (this.#host !== undefined) this.#tellHost(this.#host, running);
  }

  /** A host that fails changes nothing for the work. */
  #tellHost(host: (work: Promise<void>) => unknown, running: Promise<void>): void {
    try {
      const told = host(running);
      if (isPromiseLike(told)) told.then(undefined, this.report);
    } catch (error) {
      this.report(error);
    }
  }

  /** Waits until nothing runs, including what the running work starts meanwhile. */
  async drain(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
