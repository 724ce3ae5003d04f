// Taken at load time, so that a test with fake timers does not stop a write.
const { setImmediate } = globalThis;

/** Hands out the turns of the event loop one by one: no two callers get the same. */
export class OneATurn {
  #last: Promise<void> = Promise.resolve();

  next(): Promise<void> {
    this.#last = this.#last.then(() => new Promise<void>((resolve) => void setImmediate(resolve)));
    return this.#last;
  }
}
