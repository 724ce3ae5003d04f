import type { CallOptions } from "@lastgood/core/adapter";
import type { Slots } from "./slots.ts";
import { Turns } from "./turns.ts";

/** The steps of a change, in their order. Not every change has all of them. */
const PHASES = ["look", "fill", "flush", "name", "list", "flushNames", "tidy"] as const;

export type Phase = (typeof PHASES)[number];

/** Runs a step of a change when its turn has come. */
export type Step = <T>(phase: Phase, work: () => Promise<T>) => Promise<T>;

/** Every change of a wave may have a file open. */
const LARGEST_WAVE = 64;

/**
 * Runs changes in steps, at most `width` steps in parallel, and the step of the earliest phase first.
 *
 * Changes that arrive together form a wave. A wave writes all its files before it flushes one, and renames all of them
 * before it flushes a directory. So flushes run side by side, and one flush of a directory serves every name in it.
 *
 * The next wave starts when fewer changes than `width` are left. A change that hangs does not hold up the waves after it.
 */
export class Changes {
  readonly #slots: Slots;
  readonly #width: number;
  readonly #arrivals = new Turns();
  readonly #steps = PHASES.map((): (() => Promise<void>)[] => []);
  #underWay = 0;
  #running = 0;

  constructor(slots: Slots, width: number) {
    this.#slots = slots;
    this.#width = width;
  }

  /** A caller whose change has not started leaves when its signal is aborted. */
  async run<T>(change: (step: Step) => Promise<T>, options?: CallOptions): Promise<T> {
    void this.#startWaveSoon();
    await this.#arrivals.wait(options?.signal);
    try {
      return await change(this.#step);
    } finally {
      this.#underWay--;
      this.#startWave();
    }
  }

  /** Changes that are asked for in one turn of the event loop belong to one wave. */
  async #startWaveSoon(): Promise<void> {
    await undefined;
    this.#startWave();
  }

  #startWave(): void {
    if (this.#underWay >= this.#width) return;
    for (let size = 0; size < LARGEST_WAVE && this.#arrivals.next(); size++) this.#underWay++;
  }

  readonly #step: Step = (phase, work) =>
    new Promise((resolve, reject) => {
      this.#steps[PHASES.indexOf(phase)]?.push(() => work().then(resolve, reject));
      this.#runSteps();
    });

  #runSteps(): void {
    while (this.#running < this.#width) {
      const step = this.#steps.find((steps) => steps.length > 0)?.shift();
      if (step === undefined) return;
      void this.#runStep(step);
    }
  }

  async #runStep(step: () => Promise<void>): Promise<void> {
    this.#running++;
    await this.#slots.runNext(step);
    this.#running--;
    this.#runSteps();
  }
}
