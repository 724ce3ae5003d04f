import type { Background } from "../base/background.ts";

// After a write that took t, the next waits REST × t, but at most LONGEST_REST: publishing takes at most a tenth of the store's time.
const REST = 9;
const LONGEST_REST = 1_000;

// In a hurry, this many outages are published in parallel, because a store can share one flush among concurrent writes.
const AT_ONCE = 64;

/** An outage that is to be published to other processes. */
export interface Publication {
  /** Whether this process has not published the outage yet. */
  readonly isFirst: boolean;
  /** Epoch milliseconds of the failure. */
  readonly at: number;
}

/**
 * Publishes outages one after the other, with rests. If the source of a thousand keys is down, a thousand durable writes at once would
 * delay the reads of backups, which matter most at that moment.
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

  /** Adds a publication, in place of a waiting one of the same key. */
  add(key: string, publication: Publication): void {
    const waiting = this.#waiting.get(key);
    this.#waiting.set(key, { ...publication, isFirst: publication.isFirst || waiting?.isFirst === true });
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#background.run(() => this.#publishAll());
  }

  /** Publishes without rests from now on. */
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
