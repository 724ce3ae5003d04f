/** A hit in the memory of the process, where a Redis is behind it. */

import { tiers } from "../contenders/tiers.mjs";
import { keysOf, zipf } from "../keys.mjs";
import { nanosecondsPerCall } from "../loops.mjs";

const MASK = 2 ** 14 - 1;

/** @param {{ name: string, url: string, keys: number }} params @returns {Promise<number>} Nanoseconds. */
export default async function nearHit({ name, url, keys: count }) {
  const open = tiers[name];
  if (open === undefined) throw new RangeError(`there is no contender ${name}`);
  const keys = keysOf(count);
  const cache = await open(url, async (key) => ({ id: key, price: 42 }));
  for (const key of keys) await cache.get(key);
  const wanted = zipf(keys, MASK + 1);
  return nanosecondsPerCall((index) => cache.get(wanted[index & MASK] ?? ""), { batch: 500 });
}
