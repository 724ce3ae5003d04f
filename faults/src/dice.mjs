/** @typedef {(below: number) => number} Dice */

/** The same numbers for the same seed. @param {number} seed @returns {Dice} */
export function diceOf(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
