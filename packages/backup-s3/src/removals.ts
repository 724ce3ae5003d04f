import { BATCH, type Bucket } from "./bucket.ts";

/** The objects of one delete, and how to settle it. */
interface Removal {
  readonly keys: readonly string[];
  readonly signal: AbortSignal | undefined;
  readonly resolve: (done: void | Promise<void>) => void;
  readonly reject: (reason: unknown) => void;
}

// With one request at a time, a request that is never answered would block all deletes.
const AT_ONCE = 4;

/**
 * Combines many deletes into few requests. Deletes that come while others are under way share the next request, so a cull
 * needs few of them. A single delete does not wait.
 */
export class Removals {
  readonly #bucket: Bucket;
  readonly #waiting: Removal[] = [];
  #underWay = 0;

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
  }

  /** Settles as `Bucket.remove` does for these keys, whatever happens to the keys of other deletes. */
  async remove(keys: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    if (keys.length === 0) return;
    // Too many for a shared request.
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

  /** As many waiting deletes as fit into one request. */
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

  /** Resolves with false if each delete must be tried alone. */
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

/** A signal that is aborted once all deletes of a shared request are. Its listeners are removed when `over` is aborted. */
function whenAllHaveGivenUp(removals: readonly Removal[], over: AbortSignal): AbortSignal | undefined {
  const signals = removals.flatMap(({ signal }) => signal ?? []);
  if (signals.length < removals.length) return undefined;
  const controller = new AbortController();
  let waiting = signals.length;
  const giveUp = (): void => void (--waiting === 0 && controller.abort());
  for (const signal of signals) signal.addEventListener("abort", giveUp, { once: true, signal: over });
  return controller.signal;
}
