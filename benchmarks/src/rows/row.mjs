/** What a row is: one line of the table of goals, how it is measured, and what came of it. */

import { ratio, summary } from "../statistics.mjs";

/**
 * @typedef {import("../statistics.mjs").Summary} Summary
 *
 * @typedef {object} Verdict
 * @property {string} claim What was to be held.
 * @property {string} goal
 * @property {string} measured
 * @property {boolean} met
 * @property {string} [reason] Why it is not met: shown only if it is not.
 *
 * @typedef {{ columns: readonly string[], rows: readonly (readonly string[])[] }} Table
 *
 * @typedef {{ file: string, alt: string, svg: string }} Chart
 *
 * @typedef {object} Findings
 * @property {readonly Verdict[]} verdicts
 * @property {readonly Table[]} tables
 * @property {readonly Chart[]} [charts]
 * @property {readonly string[]} [notes]
 *
 * @typedef {object} Bench What a row is handed.
 * @property {(name: "redis" | "memcached") => Promise<string>} url Of a server, which the first call starts.
 * @property {() => Promise<{ url: string, origin: string }>} nginx A proxy with a cache, and the server behind it.
 * @property {() => Promise<object>} s3 The options of a client, whose bucket is there.
 * @property {(milliseconds: number) => Promise<object>} distantS3 The same server, so far away.
 *
 * @typedef {object} Row
 * @property {string} id
 * @property {string} title
 * @property {string} method What is measured, and how.
 * @property {(bench: Bench) => Promise<Findings>} run
 */

/**
 * The samples of each contender, beside those of the baseline of the same rounds.
 * @param {ReadonlyMap<string, readonly number[]>} samples
 * @param {string} baseline
 * @returns {{ name: string, samples: readonly number[], own: Summary, times: Summary }[]}
 */
export function beside(samples, baseline) {
  return Array.from(samples, ([name, own]) => ({ name, samples: own, own: summary(own), times: ratio(own, samplesOf(samples, baseline)) }));
}

/** @param {ReadonlyMap<string, readonly number[]>} samples @param {string} name */
export function samplesOf(samples, name) {
  const found = samples.get(name);
  if (found === undefined) throw new RangeError(`${name} was not measured`);
  return found;
}

/**
 * @param {string} claim
 * @param {Summary} times How many times the baseline.
 * @param {number} most
 * @param {{ of: string, reason?: string }} details
 * @returns {Verdict}
 */
export function atMost(claim, times, most, { of, reason }) {
  return {
    claim,
    goal: `≤ ${most} × ${of}`,
    measured: `${factor(times)} (${far(times.median / most)})`,
    met: times.median <= most,
    ...(reason !== undefined && { reason }),
  };
}

/**
 * A verdict for each peer: lastgood takes less than it does.
 * @param {string} claim
 * @param {ReadonlyMap<string, readonly number[]>} samples Of time: less is better.
 * @param {readonly string[]} peers
 * @param {string} [reason]
 * @returns {Verdict[]}
 */
export function ahead(claim, samples, peers, reason) {
  return peers.map((peer) => {
    const times = ratio(samplesOf(samples, "lastgood"), samplesOf(samples, peer));
    return { claim: `${claim}, beside ${peer}`, goal: "faster", measured: factor(times), met: times.median < 1, ...(reason !== undefined && { reason }) };
  });
}

/**
 * @template {{ name: string }} Line
 * @param {readonly Line[]} lines
 * @param {string} name
 * @returns {Line}
 */
export function lineOf(lines, name) {
  const line = lines.find((one) => one.name === name);
  if (line === undefined) throw new RangeError(`${name} was not measured`);
  return line;
}

/** How far from a goal, 1 being the goal itself. @param {number} share */
function far(share) {
  return share <= 1 ? "met" : `${share.toFixed(share < 10 ? 1 : 0)} times the goal`;
}

// Numbers as people read them.

/** @param {Summary} times */
export function factor({ median, low, high }) {
  return `${short(median)} × [${short(low)}–${short(high)}]`;
}

/** The median, and the range of all rounds. @param {Summary} of @param {string} [unit] */
export function range({ median, low, high }, unit = "") {
  return `${short(median)}${unit && ` ${unit}`} [${short(low)}–${short(high)}]`;
}

/** Three digits that matter. @param {number} number */
export function short(number) {
  if (!Number.isFinite(number)) return "–";
  if (Math.abs(number) >= 100) return Math.round(number).toLocaleString("en");
  return String(Number(number.toPrecision(3)));
}
