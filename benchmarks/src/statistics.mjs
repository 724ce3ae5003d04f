/** What many samples of one thing come to. */

/**
 * @typedef {object} Summary
 * @property {number} median
 * @property {number} low The smallest sample.
 * @property {number} high The largest.
 * @property {number} samples How many there were.
 */

/**
 * @param {readonly number[]} samples At least one.
 * @returns {Summary}
 */
export function summary(samples) {
  if (samples.length === 0) throw new RangeError("there are no samples: nothing was measured");
  return { median: percentile(samples, 0.5), low: Math.min(...samples), high: Math.max(...samples), samples: samples.length };
}

/**
 * How many times the baseline, each round with its own: what slows a machine down slows both down.
 * @param {readonly number[]} samples
 * @param {readonly number[]} baseline Of the same rounds, in the same order.
 * @returns {Summary}
 */
export function ratio(samples, baseline) {
  if (samples.length !== baseline.length) throw new RangeError(`${samples.length} samples cannot be paired with ${baseline.length}`);
  return summary(samples.map((sample, round) => sample / (baseline[round] ?? NaN)));
}

/**
 * @param {readonly number[]} samples
 * @param {number} share From 0 to 1: 0.99 for the value that one of a hundred exceeds.
 */
export function percentile(samples, share) {
  const sorted = [...samples].sort((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? NaN;
  const above = sorted[Math.ceil(place)] ?? NaN;
  return below + (above - below) * (place - Math.floor(place));
}
