/** Which keys are asked for. The same sequence in every run and for everyone. */

/** @param {number} count */
export function keysOf(count) {
  return Array.from({ length: count }, (_, index) => `product:${index}`);
}

/**
 * Keys as a shop sees them: the first of `keys` twice as often as the second, three times as often as the third.
 * @param {readonly string[]} keys
 * @param {number} length
 * @returns {string[]}
 */
export function zipf(keys, length) {
  const random = generator(42);
  /** @type {number[]} */
  const sums = [];
  let sum = 0;
  for (let rank = 1; rank <= keys.length; rank++) sums.push((sum += 1 / rank));
  return Array.from({ length }, () => keys[firstAtLeast(sums, random() * sum)] ?? "");
}

/** Numbers from 0 to 1 that look random: mulberry32. @param {number} seed */
export function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** @param {readonly number[]} sorted @param {number} wanted */
function firstAtLeast(sorted, wanted) {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
