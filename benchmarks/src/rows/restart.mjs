/** The row about a restart in the middle of an outage. */

import { contendersOfRestarts } from "../contenders/restart.mjs";
import { newFolder } from "../folder.mjs";
import { inProcess, interleaved } from "../processes.mjs";
import { ratio } from "../statistics.mjs";
import { beside, factor, lineOf, range, samplesOf } from "./row.mjs";

/** @typedef {import("./row.mjs").Verdict} Verdict */

const ROUNDS = 5;
const KEYS = 600;
const BY_HAND = "by hand";
const BENTOCACHE = "bentocache";
const OURS = ["lastgood, fs", "lastgood, SQLite"];
const MOST_MS = 0.3;

const COLD = "Six hundred gets are few: the code of a process that has just started is not compiled yet, and there is more of it than by hand. Meanwhile, with rests, the outage of each \
key is recorded durably for the command line and other processes.";

/** @type {import("./row.mjs").Row} */
export const restarted = {
  id: "restart",
  title: "A restart in an outage",
  method: `Milliseconds of a get in a process that has just started, with an empty cache, while the loader fails: ${KEYS} keys, each asked for once, each of which a process \
before it has kept on the disk. By hand that is a file for each key, read where the loader throws. bentocache has a file level, and a grace period.`,
  async run() {
    const samples = await interleaved(Object.keys(contendersOfRestarts), ROUNDS, restartOf);
    const lines = beside(samples, BY_HAND);
    return {
      verdicts: OURS.flatMap((name) => verdictsOf(name, lineOf(lines, name).own, ratio(samplesOf(samples, name), samplesOf(samples, BENTOCACHE)))),
      tables: [{ columns: ["", "ms a get", `times ${BY_HAND}`], rows: lines.map(({ name, own, times }) => [name, range(own), factor(times)]) }],
    };
  },
};

/** @param {string} name @returns {Promise<number>} */
async function restartOf(name) {
  const params = { name, keys: KEYS, directory: await newFolder() };
  await inProcess({ work: "restart", params: { ...params, isDown: false } });
  return inProcess({ work: "restart", params: { ...params, isDown: true } });
}

/** @param {string} name @param {import("../statistics.mjs").Summary} own @param {import("../statistics.mjs").Summary} times @returns {Verdict[]} */
function verdictsOf(name, own, times) {
  const claim = `A fallback from the disk after a restart, ${name.replace("lastgood, ", "")}`;
  return [
    { claim, goal: `< ${MOST_MS} ms`, measured: range(own, "ms"), met: own.median < MOST_MS, reason: COLD },
    { claim: `${claim}, beside ${BENTOCACHE}`, goal: "faster", measured: factor(times), met: times.median < 1, reason: COLD },
  ];
}
