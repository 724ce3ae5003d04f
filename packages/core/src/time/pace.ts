// Taken at load time, so that a test with fake timers does not stop a cull.
const { setTimeout, clearTimeout } = globalThis;

// After a step that took t, the next waits REST × t, but at most LONGEST_REST: calls to a distant store take long and hold up nobody here.
const REST = 8;
const LONGEST_REST = 100;

// Shorter steps go on without a rest, because a timer counts whole milliseconds.
const SHORTEST_STEP = 0.4;

// A store counts as in use for so long after a call, in milliseconds.
const IN_USE_FOR = 1_000;

/**
 * The pace of long work on a store that is in no hurry. While others use the store, the work rests after each step, because they
 * wait behind its steps and flush the same disk. Otherwise it does not rest.
 */
export class Pace {
  readonly #countUses: () => number;
  #uses = 0;
  #inUseUntil = 0;
  #stepBegan = 0;
  #isInHurry = false;
  #endRest: (() => void) | undefined;

  /** `countUses`: how many calls others have made so far. */
  constructor(countUses: () => number) {
    this.#countUses = countUses;
  }

  /** Calls made before are not counted. */
  begin(): void {
    this.#uses = this.#countUses();
    this.#stepBegan = performance.now();
  }

  /** Whether the step has been long enough for a rest. */
  get isStepOver(): boolean {
    return performance.now() - this.#stepBegan >= SHORTEST_STEP;
  }

  /** Whether others have used the store within the last second. */
  get givesWay(): boolean {
    const now = performance.now();
    const uses = this.#countUses();
    if (uses !== this.#uses) this.#inUseUntil = now + IN_USE_FOR;
    this.#uses = uses;
    return now < this.#inUseUntil && !this.#isInHurry;
  }

  /** Rests if others use the store. The next step begins then. */
  async rest(): Promise<void> {
    const ms = Math.min((performance.now() - this.#stepBegan) * REST, LONGEST_REST);
    if (this.givesWay) await this.#wait(ms);
    this.#stepBegan = performance.now();
  }

  /** Ends the rest, and all later ones: somebody waits for the end. */
  hurry(): void {
    this.#isInHurry = true;
    this.#endRest?.();
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms).unref();
      this.#endRest = () => (clearTimeout(timer), resolve());
    });
  }
}
