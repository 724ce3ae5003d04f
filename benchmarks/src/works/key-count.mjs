/** Hits and misses in a cache of ten keys, of a hundred, and on up to `most`: one cache, which grows. */

import { contender } from "../contenders/memory.mjs";
import { Datastore, memoryCache, noBackup } from "../contenders/lastgood.mjs";
import { generator } from "../keys.mjs";

/**
 * @typedef {{ keys: number, hit: number, miss: number }} Point Nanoseconds a call.
 */

const CALLS = 200_000;

/** @param {{ name: string, most: number }} params @returns {Promise<Point[]>} */
export default async function keyCount({ name, most }) {
  const cache = opened(name, most);
  await measureHits(cache, await grow(cache, 0, 10)); // once for the compiler
  /** @type {Point[]} */
  const points = [];
  for (let keys = 10; keys <= most; keys *= 10) {
    const from = points.at(-1)?.keys ?? 10;
    const miss = await growTimed(cache, from, keys);
    points.push({ keys, hit: await measureHits(cache, keys), miss });
  }
  return points;
}

/** Its backups are on a disk, as far as the memory of this process is concerned. @param {string} name @param {number} size */
function opened(name, size) {
  const load = async (/** @type {string} */ key) => ({ id: key.length });
  if (name !== "lastgood") return /** @type {import("../contenders/memory.mjs").Opened} */ (contender(name).open({ load, size }));
  const datastore = new Datastore({ cache: memoryCache({ maxEntries: size }), backup: noBackup });
  return { get: (/** @type {string} */ key) => datastore.get(key, ({ key: own }) => load(own), "1h") };
}

/** @param {import("../contenders/memory.mjs").Opened} cache @param {number} from @param {number} to */
async function grow(cache, from, to) {
  for (let index = from; index < to; index++) await cache.get(`key:${index}`);
  return to;
}

/** @param {import("../contenders/memory.mjs").Opened} cache @param {number} from @param {number} to @returns {Promise<number>} */
async function growTimed(cache, from, to) {
  if (to === from) return NaN;
  const began = performance.now();
  await grow(cache, from, to);
  return ((performance.now() - began) * 1e6) / (to - from);
}

/** @param {import("../contenders/memory.mjs").Opened} cache @param {number} keys */
async function measureHits(cache, keys) {
  const random = generator(7);
  const wanted = Array.from({ length: CALLS }, () => `key:${Math.floor(random() * keys)}`);
  const began = performance.now();
  for (const key of wanted) await cache.get(key);
  return ((performance.now() - began) * 1e6) / CALLS;
}
