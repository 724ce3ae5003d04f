// Taken at load time, so that a test with fake timers does not stop a cull.
const { setImmediate } = globalThis;

const LONGEST = 5;

/**
 * Shares the event loop with the rest of the process. Node handles settled promises before timers, sockets and signals, so a long
 * loop whose every `await` settles at once would block all of those until its end.
 */
export class Turns {
  #began = performance.now();

  /** Yields to the event loop if this loop has run for a few milliseconds. */
  async pass(): Promise<void> {
    if (performance.now() - this.#began < LONGEST) return;
    await new Promise<void>((resolve) => void setImmediate(resolve));
    this.#began = performance.now();
  }
}
