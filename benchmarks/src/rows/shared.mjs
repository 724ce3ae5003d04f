/** Rows about caches in a server. */

import { servers } from "../contenders/shared.mjs";
import { inProcess, interleaved } from "../processes.mjs";
import { beside, factor, range } from "./row.mjs";

/**
 * @typedef {import("./row.mjs").Row} Row
 * @typedef {{ atOnce: number, lines: ReturnType<typeof beside> }} Runs
 */

const ROUNDS = 5;

/** Times the bare client, one at once and a hundred at once. A bare client which decodes JSON comes to 0.95. */
const LEAST = { redis: { 1: 0.82, 100: 1.5 }, memcached: { 1: 0.82, 100: 0.95 } };
const BARE = "bare client";

/** @type {Row} */
export const redis = sharedRow("redis", "Redis");

/** @type {Row} */
export const memcached = sharedRow("memcached", "Memcached");

/** @param {"redis" | "memcached"} server @param {string} title @returns {Row} */
function sharedRow(server, title) {
  return {
    id: server,
    title: `A hit in ${title}`,
    method: `Gets a second of 1,000 keys in a Zipf distribution, all of them cached, with one get at a time and with 100 in parallel. The bare client \
fetches the bytes and does not decode them. The caches decode them, and lastgood checks a checksum first. All use the same version of the \
same client; of Memcached, lastgood writes and reads the bytes of a get itself. It combines reads that are asked for together; where the client can do that by itself, it has a line of its own.`,
    async run(bench) {
      const names = Object.keys(servers[server]);
      const address = await bench.url(server);
      /** @type {Runs[]} */
      const runs = [];
      for (const atOnce of [1, 100]) {
        const measure = (/** @type {string} */ name) =>
          /** @type {Promise<number>} */ (inProcess({ work: "shared-hit", params: { server, name, url: address, atOnce, keys: 1_000 } }));
        runs.push({ atOnce, lines: beside(await interleaved(names, ROUNDS, measure), BARE) });
      }
      return {
        verdicts: runs.map((run) => verdict(title, run, LEAST[server][/** @type {1 | 100} */ (run.atOnce)])),
        tables: runs.map(table),
      };
    },
  };
}

/** @param {string} title @param {Runs} runs @param {number} least @returns {import("./row.mjs").Verdict} */
function verdict(title, { atOnce, lines }, least) {
  const ours = lines.find(({ name }) => name === "lastgood");
  if (ours === undefined) throw new RangeError("lastgood was not measured");
  return {
    claim: `${title} hits, ${atOnce} at once`,
    goal: `≥ ${least} × ${BARE}`,
    measured: factor(ours.times),
    met: ours.times.median >= least,
    reason: "A hit is found under the hash of its key, summed and decoded, and runs under a deadline of its own. The bare client does nothing of that: five \
hundredths of its time are two microseconds at one at once, and half of one at a hundred.",
  };
}

/** @param {Runs} runs @returns {import("./row.mjs").Table} */
function table({ atOnce, lines }) {
  return {
    columns: [`${atOnce} at once`, "gets a second", `times ${BARE}`],
    rows: lines.map(({ name, own, times }) => [name, range(own), factor(times)]),
  };
}
