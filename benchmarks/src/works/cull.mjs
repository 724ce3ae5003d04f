/** A cull of a large store, while the same process goes on answering gets. Needs --expose-gc. */

import { Datastore, memoryCache } from "../contenders/lastgood.mjs";
import { backups } from "../contenders/protocols.mjs";
import { newFolder } from "../folder.mjs";
import { heapInUse } from "../loops.mjs";
import { percentile } from "../statistics.mjs";
import { fillDirectory, fillDatabase } from "../stores-of-many.mjs";

/**
 * @typedef {{ hits: number, misses: number }} Latency The 99th percentiles, in milliseconds.
 *
 * @typedef {object} Culled
 * @property {number} buildSeconds
 * @property {number} cullSeconds
 * @property {{ examined: number, deleted: number, failed: number }} result
 * @property {number} heapGrowth The most that the heap was larger than before, in bytes.
 * @property {Latency} quiet
 * @property {Latency} culling
 */

// Six hundred misses: of fewer, the 99th percentile is one of the two or three slowest.
const QUIET_MS = 15_000;
const HOT_KEYS = 1_000;

/** @param {{ store: "fs" | "SQLite", records: number, unused: number }} params @returns {Promise<Culled>} */
export default async function cull({ store, records, unused }) {
  return measure(store, await newFolder(), records, unused);
}

/** @param {"fs" | "SQLite"} store @param {string} directory @param {number} records @param {number} unused @returns {Promise<Culled>} */
async function measure(store, directory, records, unused) {
  const building = performance.now();
  await (store === "fs" ? fillDirectory : fillDatabase)(directory, records, unused);
  const buildSeconds = (performance.now() - building) / 1_000;

  const backup = backups[store]?.({ directory });
  if (backup === undefined) throw new RangeError(`there is no backup ${store}`);
  // A cull of its own accord, after so many gets, would leave the measured one nothing to delete.
  const datastore = new Datastore({ cache: memoryCache(), backup, cullAfter: Infinity });
  const traffic = new Traffic(datastore);
  await traffic.warmUp();
  const quiet = await traffic.during(new Promise((resolve) => setTimeout(resolve, QUIET_MS)));

  const heap = watchHeap();
  const began = performance.now();
  const culling = await traffic.during(datastore.cull());
  const cullSeconds = (performance.now() - began) / 1_000;
  const result = await traffic.outcome;
  return { buildSeconds, cullSeconds, result, heapGrowth: heap.stop(), quiet, culling };
}

/** Gets that come in whatever else goes on: hits, and one in ten a miss, whose value goes to the backup. */
class Traffic {
  /** @type {Datastore} */ #datastore;
  #asked = 0;
  /** @type {any} What the work answered with that the gets ran beside. */ outcome;

  /** @param {Datastore} datastore */
  constructor(datastore) {
    this.#datastore = datastore;
  }

  async warmUp() {
    for (let hot = 0; hot < HOT_KEYS; hot++) await this.#get(`hot:${hot}`);
    await this.during(new Promise((resolve) => setTimeout(resolve, 1_000)));
  }

  /** @param {Promise<unknown>} work @returns {Promise<Latency>} */
  async during(work) {
    /** @type {{ hits: number[], misses: number[] }} */
    const times = { hits: [], misses: [] };
    let isOver = false;
    work.then(
      () => (isOver = true),
      () => (isOver = true),
    );
    const calls = [];
    while (!isOver) {
      const isMiss = this.#asked++ % 10 === 0;
      calls.push(this.#timed(isMiss ? `new:${this.#asked}` : `hot:${this.#asked % HOT_KEYS}`, isMiss ? times.misses : times.hits));
      if (calls.length > 1_000) await Promise.all(calls.splice(0));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await Promise.all(calls);
    this.outcome = await work;
    return { hits: percentile(times.hits, 0.99), misses: percentile(times.misses, 0.99) };
  }

  /** @param {string} key @param {number[]} times */
  async #timed(key, times) {
    const began = performance.now();
    await this.#get(key);
    times.push(performance.now() - began);
  }

  /** @param {string} key */
  #get(key) {
    return this.#datastore.get(key, async () => ({ price: 42 }), "1h");
  }
}

function watchHeap() {
  const before = heapInUse();
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().heapUsed)), 100);
  return {
    stop() {
      clearInterval(timer);
      return most - before;
    },
  };
}
