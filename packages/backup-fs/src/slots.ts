import type { CallOptions } from "@lastgood/core/adapter";
import { Turns } from "./turns.ts";

/** Limits how much work runs in parallel. Work that never ends keeps its slot. */
export class Slots {
  #free: number;
  readonly #urgent = new Turns();
  readonly #others = new Turns();

  constructor(count: number) {
    this.#free = count;
  }

  run<T>(work: () => Promise<T>, options?: CallOptions): Promise<T> {
    return this.#run(work, this.#others, options?.signal);
  }

  /** Takes the next slot that becomes free, before any work that `run` was given. */
  runNext<T>(work: () => Promise<T>): Promise<T> {
    return this.#run(work, this.#urgent);
  }

  async #run<T>(work: () => Promise<T>, queue: Turns, signal?: AbortSignal): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await queue.wait(signal);
    try {
      return await work();
    } finally {
      // The slot goes straight to the next in line.
      if (!this.#urgent.next() && !this.#others.next()) this.#free++;
    }
  }
}
