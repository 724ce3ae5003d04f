/** Milliseconds before anything is shown, and between two changes of it. */
const PATIENCE = 1_000;
const INTERVAL = 200;
const ERASE = "\r\u001B[K";

/** One line on a terminal that says how far the work is. It comes after a second, goes at the end, and is never in a pipe. */
export class Progress {
  readonly #describe: () => string;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #beganAt = performance.now();
  #isShown = false;

  constructor(describe: () => string) {
    this.#describe = describe;
    if (process.stderr.isTTY) this.#timer = setInterval(() => this.#show(), INTERVAL).unref();
  }

  /** Takes the line away, so that others can be written. */
  clear(): void {
    if (this.#isShown) process.stderr.write(ERASE);
    this.#isShown = false;
  }

  end(): void {
    clearInterval(this.#timer);
    this.clear();
  }

  #show(): void {
    if (performance.now() - this.#beganAt < PATIENCE) return;
    const width = process.stderr.columns || 80;
    process.stderr.write(ERASE + this.#describe().slice(0, width - 1));
    this.#isShown = true;
  }
}
