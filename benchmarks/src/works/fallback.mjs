/** An outage: every get asks the loader, which fails, and is answered with the value that was loaded before. */

import { contender } from "../contenders/memory.mjs";
import { keysOf, zipf } from "../keys.mjs";
import { processorTimePerCall } from "../loops.mjs";

const MASK = 2 ** 14 - 1;

/** @param {{ name: string, keys: number }} params @returns {Promise<{ nanoseconds: number } | { instead: string }>} */
export default async function fallback({ name, keys: count }) {
  const keys = keysOf(count);
  let isDown = false;
  let asked = 0;
  const cache = await contender(name).open({
    size: count,
    loadsAlways: true,
    async load(key) {
      if (!isDown) return { id: key, price: 42 };
      asked++;
      throw new Error("the source is down");
    },
  });
  for (const key of keys) await cache.get(key);
  isDown = true;
  await new Promise((resolve) => setTimeout(resolve, 20)); // longer than the shortest ttl of any of them
  const answer = await cache.get(keys[0] ?? "").catch((/** @type {Error} */ error) => error);
  if (!isLoaded(answer)) return { instead: answer instanceof Error ? "throws" : `answers with ${String(answer)}` };
  if (asked === 0) return { instead: "answers from its cache, and asks nobody" };
  const wanted = zipf(keys, MASK + 1);
  return { nanoseconds: await processorTimePerCall((index) => cache.get(wanted[index & MASK] ?? ""), { batch: 1_000 }) };
}

/** @param {unknown} answer */
function isLoaded(answer) {
  return typeof answer === "object" && answer !== null && "price" in answer;
}
