/** The row about what it costs to be observed. */

import { inProcess, interleaved } from "../processes.mjs";
import { atMost, beside, factor, range } from "./row.mjs";

const ROUNDS = 7;
const KEYS = 10_000;
const NOTHING = "nothing";

/** @type {import("./row.mjs").Row} */
export const telemetry = {
  id: "telemetry",
  title: "A hit with telemetry on",
  method: `Nanoseconds of an awaited get of ${KEYS.toLocaleString("en")} keys in a Zipf distribution, all of them cached: by a datastore that nobody observes, and by one whose metrics are in a registry of \
prom-client, or in the SDK of OpenTelemetry.`,
  async run() {
    const samples = await interleaved([NOTHING, "prometheus", "opentelemetry"], ROUNDS, (observer) =>
      /** @type {Promise<number>} */ (inProcess({ work: "observed-hit", params: { observer, keys: KEYS } })),
    );
    const lines = beside(samples, NOTHING);
    const observed = lines.filter(({ name }) => name !== NOTHING);
    return {
      verdicts: observed.map(({ name, times }) => atMost(`A hit with @lastgood/${name}`, times, 1.5, { of: "a hit without" })),
      tables: [{ columns: ["observed by", "ns", `times ${NOTHING}`], rows: lines.map(({ name, own, times }) => [name, range(own), factor(times)]) }],
    };
  },
};
