/** A hit in a server: what a process gets out of it each second. */

import { servers } from "../contenders/shared.mjs";
import { keysOf, zipf } from "../keys.mjs";
import { callsPerSecond } from "../loops.mjs";

const MASK = 2 ** 14 - 1;

/** @param {{ server: "redis" | "memcached", name: string, url: string, atOnce: number, keys: number }} params @returns {Promise<number>} */
export default async function sharedHit({ server, name, url, atOnce, keys: count }) {
  const open = servers[server][name];
  if (open === undefined) throw new RangeError(`there is no contender ${name} for ${server}`);
  const keys = keysOf(count);
  const cache = await open(url, async (key) => ({ id: key, price: 42, text: "x".repeat(200) }));
  for (const key of keys) await cache.get(key);
  const wanted = zipf(keys, MASK + 1);
  return callsPerSecond((index) => cache.get(wanted[index & MASK] ?? ""), atOnce);
}
