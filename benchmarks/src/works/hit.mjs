/** A hit: the key is in the cache. */

import { contender } from "../contenders/memory.mjs";
import { keysOf, zipf } from "../keys.mjs";
import { processorTimePerCall } from "../loops.mjs";

const MASK = 2 ** 16 - 1;

/** @param {{ name: string, keys: number }} params @returns {Promise<number>} Nanoseconds of processor time. */
export default async function hit({ name, keys: count }) {
  const keys = keysOf(count);
  const cache = await contender(name).open({ size: count, load: async (key) => ({ id: key, price: 42 }) });
  for (const key of keys) await cache.get(key);
  // As between two requests: what is put away once nothing loads any more has its turn.
  await new Promise((resolve) => setTimeout(resolve, 20));
  const wanted = zipf(keys, MASK + 1);
  return processorTimePerCall((index) => cache.get(wanted[index & MASK] ?? ""));
}
