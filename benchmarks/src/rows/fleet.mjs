/** Rows about many processes as one: near copies, announcements, tags. */

import { NEAR_ALONE, tiers } from "../contenders/tiers.mjs";
import { inProcess, interleaved } from "../processes.mjs";
import { summary } from "../statistics.mjs";
import { ahead, atMost, beside, factor, lineOf, range, short } from "./row.mjs";

/** @typedef {import("./row.mjs").Row} Row */

const ROUNDS = 5;
const KEYS = 1_000;

/** @type {Row} */
export const near = {
  id: "near",
  title: "A hit in a near cache, with Redis behind it",
  method: `Nanoseconds of an awaited get, one after the other, of ${KEYS.toLocaleString("en")} keys in a Zipf distribution, all of them in the memory of the process. Redis has them too, \
and announces what others change. async-cache-dedupe has one level, which is Redis.`,
  async run(bench) {
    const url = await bench.url("redis");
    const samples = await interleaved(Object.keys(tiers), ROUNDS, (name) => /** @type {Promise<number>} */ (inProcess({ work: "near-hit", params: { name, url, keys: KEYS } })));
    const lines = beside(samples, NEAR_ALONE);
    return {
      verdicts: [
        atMost("A hit in a near cache", lineOf(lines, "lastgood").times, 1.1, { of: "a hit in memory alone" }),
        ...ahead("A hit in a near cache", samples, ["bentocache", "cacheable", "async-cache-dedupe"]),
      ],
      tables: [{ columns: ["", "ns", `times ${NEAR_ALONE}`], rows: lines.map(({ name, own, times }) => [name, range(own), factor(times)]) }],
    };
  },
};

const NO_TAGS = "no tags anywhere";
const BESIDE_TAGS = "no tags, beside entries with tags";
const TAGGED_KEYS = 10_000;

/** @type {Row} */
export const tags = {
  id: "tags",
  title: "A hit, and tags",
  method: `Nanoseconds of processor time of an awaited get of ${TAGGED_KEYS.toLocaleString("en")} keys in a Zipf distribution, all of them cached: of entries without tags, where nothing has tags and where as \
many other entries have two; and of entries with two tags.`,
  async run() {
    const samples = await interleaved([NO_TAGS, BESIDE_TAGS, "two tags"], 7, (kind) =>
      /** @type {Promise<number>} */ (inProcess({ work: "tagged-hit", params: { kind, keys: TAGGED_KEYS } })),
    );
    const lines = beside(samples, NO_TAGS);
    return {
      verdicts: [atMost("A hit of an entry without tags, where others have tags", lineOf(lines, BESIDE_TAGS).times, 1.1, { of: "a hit where nothing has tags", reason: "There are twice as many entries in the cache, whose objects differ." })],
      tables: [{ columns: ["", "ns", `times ${NO_TAGS}`], rows: lines.map(({ name, own, times }) => [name, range(own), factor(times)]) }],
    };
  },
};

const PER_SECOND = 100_000;
const SECONDS = 4;
const SOON_MS = 100;

/** @type {Row} */
export const announced = {
  id: "announcements",
  title: "Announcements that arrive",
  method: `A process with near copies hears ${PER_SECOND.toLocaleString("en")} announcements a second for ${SECONDS} s, which another process publishes through Redis, and answers a get every millisecond. Then one value is \
changed by the other process: how long after the acknowledged change does the get here have it, behind all those announcements?`,
  async run(bench) {
    const url = await bench.url("redis");
    const runs = await interleaved(["lastgood"], 3, () =>
      /** @type {Promise<import("../works/announcements.mjs").Flood>} */ (inProcess({ work: "announcements", params: { url, perSecond: PER_SECOND, seconds: SECONDS } })),
    );
    const floods = runs.get("lastgood") ?? [];
    const [published, share, held, behind] = /** @type {const} */ (["published", "share", "heldP99", "behind"]).map((name) => summary(floods.map((flood) => flood[name])));
    if (published === undefined || share === undefined || held === undefined || behind === undefined) throw new RangeError("nothing was measured");
    return {
      verdicts: [
        {
          claim: `${PER_SECOND.toLocaleString("en")} announcements a second arrive`,
          goal: `a change behind them is seen within ${SOON_MS} ms`,
          measured: `${range(behind, "ms")} at ${short(published.median)} a second`,
          met: behind.median <= SOON_MS && published.median >= PER_SECOND * 0.95,
          reason: "Publisher, Redis and listener share the processors of this machine.",
        },
      ],
      tables: [
        {
          columns: ["announcements a second", "share of a processor", "event loop held, p99, ms", "a change is seen after, ms"],
          rows: [[range(published), range(share), range(held), range(behind)]],
        },
      ],
    };
  },
};
