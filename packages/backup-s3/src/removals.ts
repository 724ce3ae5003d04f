import { BATCH, type Bucket } from "./bucket.ts";

/** What one delete has to remove, and how it is told. */
interface Removal {
  readonly keys: readonly string[];
  readonly signal: AbortSignal | undefined;
  readonly resolve: (done: void | Promise<void>) => void;
  readonly reject: (reason: unknown) => void;
}

// One that is answered late, or never, holds up a few others and not all of them.
const AT_ONCE = 4;

/**
 * The requests of many deletes. Those that come while others are under way go together: a cull, which deletes many ids at
 * once, makes few requests of them, and a single delete waits for nobody.
 */
export class Removals {
  readonly #bucket: Bucket;
  readonly #waiting: Removal[] = [];
  #underWay = 0;

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
  }

  /** Settles as `Bucket.remove` does for these keys, whatever becomes of those of others. */
  async remove(keys: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    if (keys.length === 0) return;
    // More than one request takes go without others.
    if (keys.length > BATCH) return this.#bucket.remove(keys, signal);
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ keys, signal, resolve, reject });
      this.#start();
    });
  }

  #start(): void {
    if (this.#underWay >= AT_ONCE || this.#waiting.length === 0) return;
    this.#underWay++;
    void this.#run(this.#next()).finally(() => {
      this.#underWay--;
      this.#start();
    });
  }

  /** As many of those that wait as one request takes. */
  #next(): readonly Removal[] {
    let count = 0;
    const tooMany = this.#waiting.findIndex(({ keys }) => (count += keys.length) > BATCH);
    return this.#waiting.splice(0, tooMany === -1 ? this.#waiting.length : tooMany);
  }

  /** Never rejects. */
  async #run(removals: readonly Removal[]): Promise<void> {
    const wanted = removals.filter(({ signal }) => signal?.aborted !== true);
    for (const { signal, reject } of removals) if (signal?.aborted === true) reject(signal.reason);
    if (wanted.length > 1 && (await this.#runTogether(wanted))) return;
    const each = wanted.map(({ keys, signal, resolve }) => {
      const removed = this.#bucket.remove(keys, signal);
      resolve(removed);
      return removed;
    });
    await Promise.allSettled(each);
  }

  /** Resolves with false if it is for each to try by itself. */
  async #runTogether(removals: readonly Removal[]): Promise<boolean> {
    const over = new AbortController();
    try {
      const keys = removals.flatMap((removal) => removal.keys);
      if (!(await this.#bucket.removeAtOnce(keys, whenAllHaveGivenUp(removals, over.signal)))) return false;
      for (const { resolve } of removals) resolve();
    } catch (error) {
      for (const { reject } of removals) reject(error);
    } finally {
      over.abort();
    }
    return true;
  }
}

/** The request of many is for as long as one of them waits for it. Once it is over, nobody listens any more. */
function whenAllHaveGivenUp(removals: readonly Removal[], over: AbortSignal): AbortSignal | undefined {
  const signals = removals.flatMap(({ signal }) => signal ?? []);
  if (signals.length < removals.length) return undefined;
  const controller = new AbortController();
  let waiting = signals.length;
  const giveUp = (): void => void (--waiting === 0 && controller.abort());
  for (const signal of signals) signal.addEventListener("abort", giveUp, { once: true, signal: over });
  return controller.signal;
}
