import { LRUCache } from "lru-cache";
import type { Answer } from "../wire/answer.ts";

interface Refusal {
  readonly answer: Answer;
  readonly initialAge: number;
  /** Epoch milliseconds. */
  readonly freshUntil: number;
}

const MOST = 1_000;
const MOST_BYTES = 16 * 2 ** 20;

/**
 * Fresh answers by which a source has said no, such as a 404 with a max-age. In this process alone: they are no good answers, and must
 * never take the place of one.
 */
export class Refusals {
  readonly #kept = new LRUCache<string, Refusal>({ max: MOST, maxSize: MOST_BYTES, sizeCalculation: ({ answer }) => answer.body.byteLength + 1_000 });

  get(key: string, now: number): Refusal | undefined {
    if (this.#kept.size === 0) return undefined;
    const refusal = this.#kept.get(key);
    return refusal !== undefined && refusal.freshUntil > now ? refusal : undefined;
  }

  set(key: string, refusal: Refusal): void {
    this.#kept.set(key, refusal);
  }

  delete(key: string): void {
    this.#kept.delete(key);
  }
}
