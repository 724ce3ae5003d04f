/** Many callers of one cold key at once. */

import { contender } from "../contenders/memory.mjs";
import { countingBackup, Datastore, memoryCache } from "../contenders/lastgood.mjs";

/**
 * @typedef {object} Stampede
 * @property {number} milliseconds From the first call to the last answer.
 * @property {number} loads Calls of the loader.
 * @property {number | undefined} reads Of the backup, where there is one.
 * @property {string} outcome What the callers got.
 */

/**
 * @param {{ name: string, callers: number, loadMs: number, fails: boolean, patience: number }} params
 * @returns {Promise<Stampede>}
 */
export default async function stampede({ name, callers, loadMs, fails, patience }) {
  let loads = 0;
  const load = async () => {
    loads++;
    await new Promise((resolve) => setTimeout(resolve, loadMs));
    if (fails) throw new Error("the source is down");
    return { price: 42 };
  };
  const backup = countingBackup();
  const cache = name === "lastgood" ? lastgood(backup, load) : await contender(name).open({ load, size: 1_000 });
  if (name === "lastgood" && fails) await backup.fill("key", { price: 41 });

  const began = performance.now();
  const calls = Array.from({ length: callers }, () => cache.get("key").then(said, said));
  const outcomes = await Promise.race([Promise.all(calls), after(patience)]);
  return { milliseconds: performance.now() - began, loads, reads: name === "lastgood" ? backup.reads() : undefined, outcome: told(outcomes) };
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
  if (outcomes === undefined) return "given up";
  return [...new Set(outcomes)].join(" and ");
}

/** @param {number} ms @returns {Promise<undefined>} */
function after(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms, undefined));
}
