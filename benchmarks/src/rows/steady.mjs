/** The row about the slowest callers. */

import { steady as contenders } from "../contenders/steady.mjs";
import { newFolder } from "../folder.mjs";
import { inProcess, interleaved } from "../processes.mjs";
import { lineChart } from "../report/line-chart.mjs";
import { percentile } from "../statistics.mjs";
import { short } from "./row.mjs";

/**
 * @typedef {import("../works/steady.mjs").Waits} Waits
 * @typedef {"calm" | "outage" | "after"} Phase
 * @typedef {Record<Phase, Waits>} Run
 * @typedef {{ name: string, phase: Phase, failed: number, percentiles: readonly number[] }} Line
 */

const ROUNDS = 3;
const KEYS = 2_000;
const PER_SECOND = 1_000;
const SECONDS = 5;
/** One of so many callers waits longer. */
const ONE_OF = [2, 10, 100, 1_000, 10_000];
const [P99, P999] = [2, 3];
/** @type {readonly Phase[]} */
const PHASES = ["calm", "outage", "after"];

/** @type {import("./row.mjs").Row} */
export const tails = {
  id: "tails",
  title: "The slowest callers, through an outage",
  method: `Milliseconds that a caller waits, counted from when it should have been asked: ${PER_SECOND.toLocaleString("en")} gets a second of ${KEYS.toLocaleString("en")} keys in a Zipf distribution, which live for a second, so that \
some are hits and others load for 2 ms. After ${SECONDS} s the loader begins to fail, and ${SECONDS} s later it recovers. lastgood writes durable files; bentocache writes files that it does not \
flush; lru-cache keeps nothing besides its cache.`,
  async run() {
    const runs = await interleaved(Object.keys(contenders), ROUNDS, measured);
    const lines = Array.from(runs).flatMap(([name, list]) => PHASES.map((phase) => lineOf(name, phase, list)));
    const chosen = lines.filter(({ name, phase }) => name !== "lru-cache fetch" && phase !== "after");
    return {
      verdicts: verdictsOf(lines),
      tables: [
        {
          columns: ["", "phase", "failed gets", "p50, ms", "p90", "p99", "p99.9", "p99.99"],
          rows: lines.map(({ name, phase, failed, percentiles }) => [name, phase, short(failed), ...percentiles.map(short)]),
        },
      ],
      charts: [
        {
          file: "tails.svg",
          alt: "Milliseconds that one get in so many takes longer than",
          svg: lineChart("Milliseconds that one get in so many takes longer than", chosen.map(curveOf)),
        },
      ],
    };
  },
};

/** @param {string} name @returns {Promise<Run>} */
async function measured(name) {
  return inProcess({ work: "steady", params: { name, directory: await newFolder(), keys: KEYS, perSecond: PER_SECOND, seconds: SECONDS } });
}

/** The medians of the rounds. @param {string} name @param {Phase} phase @param {readonly Run[]} runs @returns {Line} */
function lineOf(name, phase, runs) {
  const of = runs.map((run) => run[phase]);
  return {
    name,
    phase,
    failed: Math.max(...of.map(({ failed }) => failed)),
    percentiles: ONE_OF.map((_, place) => percentile(of.map(({ percentiles }) => percentiles[place] ?? NaN), 0.5)),
  };
}

/** @param {readonly Line[]} lines @returns {import("./row.mjs").Verdict[]} */
function verdictsOf(lines) {
  const of = (/** @type {string} */ name) => /** @type {Line} */ (lines.find((line) => line.name === name && line.phase === "outage"));
  const [ours, theirs] = [of("lastgood"), of("bentocache")];
  const failed = lines.reduce((sum, line) => (line.name === "lastgood" ? sum + line.failed : sum), 0);
  const beside = (/** @type {string} */ what, /** @type {number} */ place) => ({
    claim: `${what} of the gets in an outage, beside bentocache`,
    goal: "sooner",
    measured: `${short(ours.percentiles[place] ?? NaN)} ms for ${short(theirs.percentiles[place] ?? NaN)} ms`,
    met: (ours.percentiles[place] ?? NaN) < (theirs.percentiles[place] ?? NaN),
    reason: "An outage is recorded durably beside the backups, and flushes hold up reads of the same disk.",
  });
  return [{ claim: "Gets that fail in an outage", goal: "none", measured: short(failed), met: failed === 0 }, beside("99 of 100", P99), beside("999 of 1,000", P999)];
}

/** @param {Line} line */
function curveOf({ name, phase, percentiles }) {
  return { name: `${name}, ${phase}`, points: percentiles.map((y, place) => ({ x: ONE_OF[place] ?? NaN, y: Math.max(y, 0.01) })) };
}
