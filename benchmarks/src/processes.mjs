/** Runs each piece of work in a process of its own, so that no two share a heap or what the compiler has learnt. */

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

const CHILD = fileURLToPath(new URL("child.mjs", import.meta.url));

/**
 * @typedef {object} Work
 * @property {string} work A file of works/, such as "hit".
 * @property {Readonly<Record<string, unknown>>} params What it is told.
 * @property {readonly string[]} [flags] Of Node.
 * @property {string} [program] The program of Node, if it is another than this one.
 * @property {number} [limit] Milliseconds after which it is given up.
 */

/** Longer than any honest work takes: a benchmark has to come to an end by itself. */
const LIMIT = 300_000;

/**
 * @template T What the work answers with.
 * @param {Work} work
 * @returns {Promise<T>}
 */
export function inProcess({ work, params, flags = [], limit = LIMIT, program = process.execPath }) {
  return new Promise((resolve, reject) => {
    const child = fork(CHILD, [work, JSON.stringify(params)], { execPath: program, execArgv: [...flags], stdio: ["ignore", "inherit", "pipe", "ipc"] });
    let said = "";
    child.stderr?.setEncoding("utf8").on("data", (/** @type {string} */ text) => (said += text));
    const timer = setTimeout(() => child.kill("SIGKILL"), limit);
    /** @type {T | undefined} */
    let answer;
    child.on("message", (message) => (answer = /** @type {T} */ (message)));
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(timer);
      if (answer !== undefined && code === 0) resolve(answer);
      else reject(new Error(`${work} ${JSON.stringify(params)} ended with ${code ?? `no answer in ${limit} ms`}\n${said}`));
    });
  });
}

/**
 * One after the other, and round after round: A B C, A B C. A machine that slows down does so to all of them.
 * @template T
 * @param {readonly string[]} names
 * @param {number} rounds
 * @param {(name: string) => Promise<T>} measure
 * @returns {Promise<Map<string, T[]>>} The answers of each, in the order of the rounds.
 */
export async function interleaved(names, rounds, measure) {
  /** @type {Map<string, T[]>} */
  const answers = new Map(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, samples] of answers) samples.push(await measure(name));
  }
  return answers;
}
