/** Many callers of one cold key at once, in a process that has served others before. */

import { contender } from "../contenders/memory.mjs";
import { countingBackup, Datastore, memoryCache } from "../contenders/lastgood.mjs";

/**
 * @typedef {object} Stampede
 * @property {number} milliseconds From the first call to the last answer.
 * @property {number} loads Calls of the loader.
 * @property {number | undefined} reads Of the backup, where there is one.
 * @property {string} outcome What the callers got.
 */

// So many that the compiler has made up its mind: a server that has run for a minute has.
const WARM_UPS = 100;

/**
 * @param {{ name: string, callers: number, loadMs: number, fails: boolean, patience: number }} params
 * @returns {Promise<Stampede>}
 */
export default async function stampede({ name, callers, loadMs, fails, patience }) {
  const source = new Source();
  const backup = countingBackup();
  if (fails) await backup.fill("key", { price: 41 });
  const load = () => source.load();
  const cache = name === "lastgood" ? lastgood(backup, load) : await contender(name).open({ load, size: 1_000 });
  const ask = (/** @type {string} */ key) => Promise.all(Array.from({ length: callers }, () => cache.get(key).then(said, said)));
  for (let warmUp = 0; warmUp < WARM_UPS; warmUp++) await ask(`warm-up:${warmUp}`);

  source.becomes(loadMs, fails);
  const began = performance.now();
  const outcomes = await Promise.race([ask("key"), after(patience)]);
  const milliseconds = performance.now() - began;
  return { milliseconds, loads: source.loads, reads: name === "lastgood" ? backup.reads() : undefined, outcome: told(outcomes) };
}

/** Where values come from. */
class Source {
  loads = 0;
  #milliseconds = 1;
  #fails = false;

  /** @param {number} milliseconds @param {boolean} fails */
  becomes(milliseconds, fails) {
    this.loads = 0;
    this.#milliseconds = milliseconds;
    this.#fails = fails;
  }

  async load() {
    this.loads++;
    await after(this.#milliseconds);
    if (this.#fails) throw new Error("the source is down");
    return { price: 42 };
  }
}

/** @param {ReturnType<typeof countingBackup>} backup @param {() => Promise<unknown>} load */
function lastgood({ adapter }, load) {
  const datastore = new Datastore({ cache: memoryCache(), backup: adapter });
  return { get: (/** @type {string} */ key) => datastore.get(key, load, "5m") };
}

/** @param {unknown} answer */
function said(answer) {
  return answer instanceof Error ? "rejected" : "answered";
}

/** @param {readonly string[] | undefined} outcomes */
function told(outcomes) {
  return outcomes === undefined ? "given up" : [...new Set(outcomes)].join(" and ");
}

/** @param {number} ms @returns {Promise<undefined>} */
function after(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms, undefined));
}
