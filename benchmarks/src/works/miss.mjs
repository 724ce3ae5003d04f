/** A miss: the key was never asked for before, and the loader has the value at hand. */

import { contender } from "../contenders/memory.mjs";
import { keysOf } from "../keys.mjs";
import { processorTimePerCall } from "../loops.mjs";

const KEYS = 100_000;

/** @param {{ name: string }} params @returns {Promise<number>} Nanoseconds of processor time. */
export default async function miss({ name }) {
  const keys = keysOf(KEYS);
  const open = () => contender(name).open({ size: KEYS, load: async (key) => ({ id: key, price: 42 }) });
  let cache = await open();
  return processorTimePerCall(async (index) => {
    // Once every key has been asked for, an empty cache takes over: one call of a hundred thousand.
    if (index % KEYS === 0) cache = await open();
    return cache.get(keys[index % KEYS] ?? "");
  });
}
