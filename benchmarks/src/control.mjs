/** How noisy the machine is: one contender, measured twice in each round, as if it were two. */

import { inProcess, interleaved } from "./processes.mjs";
import { ratio } from "./statistics.mjs";

const ROUNDS = 7;
/** By how much two medians of one thing may differ. */
const MOST = 0.1;

/** Both are measured before the rows, between them, and behind them: no single slow minute decides. */
export class Control {
  /** @type {number[]} */ #once = [];
  /** @type {number[]} */ #again = [];

  async measure() {
    const pairs = await interleaved(["once", "again"], ROUNDS, () => /** @type {Promise<number>} */ (inProcess({ work: "hit", params: { name: "lastgood", keys: 10_000 } })));
    this.add(pairs.get("once") ?? [], pairs.get("again") ?? []);
  }

  /** @param {readonly number[]} once @param {readonly number[]} again Of the same rounds. */
  add(once, again) {
    this.#once.push(...once);
    this.#again.push(...again);
  }

  /** By what share the two differ in all rounds together: 0 for not at all. */
  get noise() {
    return Math.abs(this.#times.median - 1);
  }

  get isQuiet() {
    return this.noise <= MOST;
  }

  /** A sentence for people. */
  get verdict() {
    const { low, high, samples } = this.#times;
    return `Control: one contender, measured twice in each of ${samples} rounds throughout the run, differed from itself by ${(this.noise * 100).toFixed(1)} % (single rounds: ${low.toFixed(2)} to ${high.toFixed(2)} times). More than ${MOST * 100} % is no result.`;
  }

  get #times() {
    return ratio(this.#again, this.#once);
  }
}
