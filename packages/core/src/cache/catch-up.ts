import type { Awaitable } from "../base/async.ts";
import type { Background } from "../base/background.ts";
import { RetryTimer } from "../time/retry-timer.ts";
import type { MissedWrite, MissedWrites } from "./missed-writes.ts";
import type { CacheTier } from "./tier.ts";

export interface CatchUpParts {
  readonly tier: CacheTier;
  readonly missed: MissedWrites;
  readonly background: Background;
  /** Called when the cache has taken this write. */
  readonly told: (key: string, write: MissedWrite) => void;
  /** Called when the cache has taken every missed write. */
  readonly done: () => void;
  readonly failed: (key: string, error: unknown) => void;
}

/**
 * Repeats missed writes in the background until the cache has taken them all. Until then, other processes answer with the old copies.
 */
export class CatchUp {
  readonly #parts: CatchUpParts;
  readonly #retry: RetryTimer = new RetryTimer(() => this.now());
  #telling: Promise<void> | undefined;

  constructor(parts: CatchUpParts) {
    this.#parts = parts;
  }

  /** Starts at once, unless it already runs. */
  now(): void {
    this.#parts.background.run(() => (this.#telling ??= this.#tellEach().finally(() => (this.#telling = undefined))));
  }

  /** Starts after a delay. */
  soon(): void {
    this.#retry.start();
  }

  stop(): void {
    this.#retry.stop();
  }

  async #tellEach(): Promise<void> {
    const { missed, done } = this.#parts;
    if (missed.isEmpty) return;
    for (const key of missed.keys()) {
      if (!(await this.#tryTell(key))) return this.soon();
    }
    if (missed.isEmpty) this.stop();
    else this.soon();
    done();
  }

  /** Runs `work` once the cache has taken the missed write of this key, if there is one. Rejects if it cannot. */
  before(key: string, work: () => Awaitable<void>): Awaitable<void> {
    return this.#parts.missed.has(key) ? this.#tell(key).then(work) : work();
  }

  async #tell(key: string): Promise<void> {
    const { tier, missed, told } = this.#parts;
    const write = missed.get(key);
    if (write === undefined) return;
    await tier.deleteOlder(key, write.outdates, write.stamp);
    if (missed.get(key) === write) missed.clear(key);
    told(key, write);
  }

  /** Returns whether the cache has taken it. */
  async #tryTell(key: string): Promise<boolean> {
    try {
      await this.#tell(key);
      return true;
    } catch (error) {
      this.#parts.failed(key, error);
      return false;
    }
  }
}
