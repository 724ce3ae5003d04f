/** A steady load of hits and misses, an outage that begins and ends in it, and how long each caller waits. */

import { steady } from "../contenders/steady.mjs";
import { keysOf, zipf } from "../keys.mjs";
import { percentile } from "../statistics.mjs";

const TTL = 1_000;
const LOAD_MS = 2;
const SHARES = [0.5, 0.9, 0.99, 0.999, 0.9999];

/**
 * @typedef {object} Waits
 * @property {number} failed How many of the gets ended with an error.
 * @property {number} count
 * @property {readonly number[]} percentiles Milliseconds, of half the gets, of nine of ten, and so on.
 */

/**
 * @param {{ name: string, directory: string, keys: number, perSecond: number, seconds: number }} params `seconds` of each of the three phases.
 * @returns {Promise<Record<"calm" | "outage" | "after", Waits>>}
 */
export default async function steadyLoad({ name, directory, keys: count, perSecond, seconds }) {
  let isDown = false;
  const load = async (/** @type {string} */ key) => {
    await new Promise((resolve) => setTimeout(resolve, LOAD_MS));
    if (isDown) throw new Error("the source is down");
    return { id: key, price: 42 };
  };
  const keys = keysOf(count);
  const cache = await steady[name]?.(directory, load, TTL);
  if (cache === undefined) throw new RangeError(`there is no contender ${name}`);
  for (let first = 0; first < count; first += 50) await Promise.all(keys.slice(first, first + 50).map((key) => cache.get(key)));

  const wanted = zipf(keys, perSecond * seconds);
  const phase = async (/** @type {boolean} */ down) => {
    isDown = down;
    return waitsOf(await arrivals(cache, wanted, perSecond));
  };
  await phase(false); // the code is warm from now on
  return { calm: await phase(false), outage: await phase(true), after: await phase(false) };
}

/**
 * They arrive whether earlier ones are answered or not, and wait since they should have been asked.
 * @param {import("../contenders/memory.mjs").Opened} cache
 * @param {readonly string[]} wanted
 * @param {number} perSecond
 * @returns {Promise<{ milliseconds: number, isFailed: boolean }[]>}
 */
async function arrivals(cache, wanted, perSecond) {
  const began = performance.now();
  /** @type {Promise<{ milliseconds: number, isFailed: boolean }>[]} */
  const gets = [];
  for (const [index, key] of wanted.entries()) {
    const due = began + (index * 1_000) / perSecond;
    while (performance.now() < due) await new Promise((resolve) => setTimeout(resolve, 1));
    const end = (/** @type {boolean} */ isFailed) => ({ milliseconds: performance.now() - due, isFailed });
    gets.push(cache.get(key).then(() => end(false), () => end(true)));
  }
  return Promise.all(gets);
}

/** @param {readonly { milliseconds: number, isFailed: boolean }[]} gets @returns {Waits} */
function waitsOf(gets) {
  const waits = gets.map(({ milliseconds }) => milliseconds);
  return { count: gets.length, failed: gets.filter(({ isFailed }) => isFailed).length, percentiles: SHARES.map((share) => percentile(waits, share)) };
}
