/** How noisy the machine is: one contender, measured twice in each round, as if it were two. */

import { inProcess, interleaved } from "./processes.mjs";
import { ratio } from "./statistics.mjs";

const ROUNDS = 5;
/** By how much two medians of one thing may differ. */
const MOST = 0.1;

/** Both are measured before the rows, between them, and behind them. */
export class Control {
  /** @type {number[]} */ #ratios = [];

  async measure() {
    const pairs = await interleaved(["once", "again"], ROUNDS, () => /** @type {Promise<number>} */ (inProcess({ work: "hit", params: { name: "lastgood", keys: 10_000 } })));
    const once = pairs.get("once") ?? [];
    const again = pairs.get("again") ?? [];
    this.#ratios.push(ratio(again, once).median);
  }

  /** How far apart the two were, from 0 for not at all, at the worst of the times. */
  get noise() {
    return Math.max(...this.#ratios.map((times) => Math.abs(times - 1)));
  }

  get isQuiet() {
    return this.noise <= MOST;
  }

  /** A sentence for people. */
  get verdict() {
    const all = this.#ratios.map((times) => times.toFixed(2)).join(", ");
    return `Control: one contender, measured twice at ${this.#ratios.length} times of the run, differed from itself by ${(this.noise * 100).toFixed(1)} % at most (${all} times). More than ${MOST * 100} % is no result.`;
  }
}
