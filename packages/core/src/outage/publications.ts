import type { Background } from "../base/background.ts";

// Publishing takes at most a tenth of the time of the store, and no rest is longer than this.
const REST = 9;
const LONGEST_REST = 1_000;

// In a hurry, so many are published together: a store shares the flushes of writes that come together.
const AT_ONCE = 64;

/** A key whose outage other processes are to be told of. */
export interface Publication {
  /** Whether this process has not published the outage yet. */
  readonly isFirst: boolean;
  /** Epoch milliseconds of the failure. */
  readonly at: number;
}

/**
 * Publishes outages one after the other, with rests. When the source of a thousand keys is down, a thousand durable writes would keep
 * the store from what it is there for at that moment, which is to be read.
 */
export class Publications {
  readonly #publish: (key: string, publication: Publication) => Promise<void>;
  readonly #background: Background;
  readonly #waiting = new Map<string, Publication>();
  #isRunning = false;
  #isInHurry = false;
  #endRest: (() => void) | undefined;

  constructor(publish: (key: string, publication: Publication) => Promise<void>, background: Background) {
    this.#publish = publish;
    this.#background = background;
  }

  /** In the place of one of the same key that waits. */
  add(key: string, publication: Publication): void {
    const waiting = this.#waiting.get(key);
    this.#waiting.set(key, { ...publication, isFirst: publication.isFirst || waiting?.isFirst === true });
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#background.run(() => this.#publishAll());
  }

  /** What waits is published without rests from now on. */
  hurry(): void {
    this.#isInHurry = true;
    this.#endRest?.();
  }

  async #publishAll(): Promise<void> {
    while (this.#waiting.size > 0) {
      const began = performance.now();
      await this.#publishNext(this.#isInHurry ? AT_ONCE : 1);
      if (this.#waiting.size > 0 && !this.#isInHurry) await this.#rest((performance.now() - began) * REST);
    }
    this.#isRunning = false;
  }

  async #publishNext(count: number): Promise<void> {
    const publishing: Promise<void>[] = [];
    for (const [key, publication] of this.#waiting) {
      if (publishing.length === count) break;
      this.#waiting.delete(key);
      publishing.push(this.#publish(key, publication).catch(this.#background.report));
    }
    await Promise.all(publishing);
  }

  #rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.min(ms, LONGEST_REST)).unref();
      this.#endRest = () => (clearTimeout(timer), resolve());
    });
  }
}
