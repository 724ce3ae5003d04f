// The program's own: a test that fakes the timers of its process must not stop a cull.
const { setImmediate } = globalThis;

const LONGEST = 5;

/**
 * Shares the event loop with the rest of the process. A long loop whose every `await` is answered at once would hold up timers,
 * sockets and signals until its end, for promises come before all of them.
 */
export class Turns {
  #began = performance.now();

  /** Lets the event loop turn if the loop has had it for a few milliseconds. */
  async pass(): Promise<void> {
    if (performance.now() - this.#began < LONGEST) return;
    await new Promise<void>((resolve) => void setImmediate(resolve));
    this.#began = performance.now();
  }
}
