/** Rows about caches in memory, beside the other libraries. */

import { byHand, contender, leastOfBounded, names, peers } from "../contenders/memory.mjs";
import { node24 } from "../node24.mjs";
import { inProcess, interleaved } from "../processes.mjs";
import { barChart } from "../report/bar-chart.mjs";
import { summary } from "../statistics.mjs";
import { ahead, atMost, beside, factor, lineOf, range, samplesOf, short } from "./row.mjs";

/** @typedef {import("./row.mjs").Row} Row */

const ROUNDS = 7;
const KEYS = 10_000;

const AWAITED = "Beyond the work by hand a get runs under deadlines, in an async storage that knows a loader's own key again (before Node 24 that storage costs a \
fourth of it), tells events and counts.";

const CLOCK = "lru-cache reads the clock once a millisecond and keeps the time in between. lastgood reads it at each get: a process that is busy, or a test that \
sets the time, must not be told that something is fresh which is not.";

const CALLED = "Beyond the floor a hit checks the options of its call, looks whether a mark has outdated the value, and counts.";

/** Those without do less work. @param {string} name */
function hasTtl(name) {
  return !contender(name).lacks.includes("ttl");
}

/** @type {Row} */
export const hit = {
  id: "hit",
  title: "A hit in memory",
  method: `Nanoseconds of processor time of an awaited get, one after the other, of ${KEYS.toLocaleString("en")} keys in a Zipf distribution, all of them cached. The floor is \
what a bounded cache that reads the clock cannot do without: ${leastOfBounded}.`,
  async run() {
    const samples = await interleaved([...names, leastOfBounded], ROUNDS, (name) => inProcess({ work: "hit", params: { name, keys: KEYS } }));
    const lines = beside(samples, leastOfBounded);
    return {
      verdicts: [
        atMost("A memory hit beside the floor", lineOf(lines, "lastgood").times, 1.3, { of: leastOfBounded, reason: CALLED }),
        ...ahead("A memory hit", samples, peers.filter(hasTtl), CLOCK),
      ],
      tables: [nanosecondsTable(lines, leastOfBounded)],
      charts: [barsOf("hit", "A hit in memory, nanoseconds", lines)],
    };
  },
};

/** Those that keep a second copy, or more than a map of promises. */
const PEERS_OF_LOADS = ["cacheable", "bentocache"];

/** @type {Row} */
export const miss = missRow("miss", "A miss, with a trivial loader", {});

/** @param {string} id @param {string} title @param {{ program?: () => Promise<string>, on?: string }} where @returns {Row} */
function missRow(id, title, { program, on = "" }) {
  return {
    id,
    title,
    method: `Nanoseconds of processor time of an awaited get of a key that was never asked for before${on}. The loader has the value ready. lastgood also writes a backup, \
in memory, of bytes that it has checked, as the work by hand does; no other contender keeps a second copy.`,
    async run() {
      const node = await program?.();
      const samples = await interleaved([...names, byHand], ROUNDS, (name) => inProcess({ work: "miss", params: { name }, ...(node && { program: node }) }));
      const lines = beside(samples, byHand);
      return {
        verdicts: [
          atMost(`A miss with a memory backup${on}`, lineOf(lines, "lastgood").times, 2.5, { of: byHand, reason: AWAITED }),
          ...ahead(`A miss${on}`, samples, PEERS_OF_LOADS, AWAITED),
        ],
        tables: [nanosecondsTable(lines, byHand)],
        charts: [barsOf(id, `A miss with a trivial loader${on}, nanoseconds`, lines)],
      };
    },
  };
}

/** @type {Row} */
export const missOnNode24 = missRow("miss-node24", "A miss on Node 24", { program: node24, on: ", on Node 24" });

/** @type {Row} */
export const fallback = {
  id: "fallback",
  title: "Every get falls back",
  method: `Nanoseconds of processor time of an awaited get while the source is down: the loader throws each time, and the value loaded before is the answer. No fallback \
is cached. ${KEYS.toLocaleString("en")} keys, Zipf. lastgood reads its backup, of bytes, each time, as the work by hand does; the others have an expired value in memory.`,
  async run() {
    /** @type {Map<string, ({ nanoseconds: number } | { instead: string })[]>} */
    const answers = await interleaved(
      [...names.filter((name) => name !== "Map, de-duplicating"), byHand],
      ROUNDS,
      (name) => inProcess({ work: "fallback", params: { name, keys: KEYS } }),
    );
    const samples = new Map(Array.from(answers, ([name, list]) => [name, list.flatMap((one) => ("nanoseconds" in one ? [one.nanoseconds] : []))]));
    const able = new Map(Array.from(samples).filter(([, list]) => list.length > 0));
    const unable = Array.from(answers).flatMap(([name, [first]]) => (first !== undefined && "instead" in first ? [[name, first.instead, "–", ""]] : []));
    const lines = beside(able, "Map");
    const { columns, rows } = nanosecondsTable(lines, "Map");
    const reason = "The value comes out of the bytes of a backup: found by the hash of its key, summed, decoded. A Map has the value itself.";
    return {
      verdicts: [
        atMost("A get that falls back beside try/catch over a Map", lineOf(lines, "lastgood").times, 5, { of: "Map", reason }),
        ...ahead("A get that falls back", able, ["bentocache"], reason),
      ],
      tables: [{ columns, rows: [...rows, ...unable] }],
      charts: [barsOf("fallback", "Every get falls back, nanoseconds", lines)],
    };
  },
};

const CALLERS = 1_000;
const LOAD_MS = 100;
const PATIENCE_MS = 10_000;

/** @type {Row} */
export const stampede = {
  id: "stampede",
  title: "A thousand callers of a cold key",
  method: `${CALLERS.toLocaleString("en")} gets of one key in one turn of the event loop, in a process that has served others before; the loader takes ${LOAD_MS} ms and succeeds, \
or fails, with a backup there. Milliseconds until the last caller has its answer; given up after ${PATIENCE_MS / 1_000} s.`,
  async run() {
    const good = await stampedes(false);
    const failing = await stampedes(true);
    return {
      verdicts: [stampedeVerdict("good", good), stampedeVerdict("failing", failing)],
      tables: [stampedeTable("good", good), stampedeTable("failing", failing)],
    };
  },
};

/** @typedef {Map<string, import("../works/stampede.mjs").Stampede[]>} Stampedes */

/** @param {boolean} fails @returns {Promise<Stampedes>} */
async function stampedes(fails) {
  const params = { callers: CALLERS, loadMs: LOAD_MS, fails, patience: PATIENCE_MS };
  const run = (/** @type {string} */ name) => inProcess({ work: "stampede", params: { name, ...params } });
  const hasty = names.filter((name) => name !== "bentocache" || !fails);
  const rounds = await interleaved(hasty, 5, run);
  // It lets one caller after the other ask the loader that fails: one round of that is enough.
  return hasty.length === names.length ? rounds : new Map([...rounds, ...(await interleaved(["bentocache"], 1, run))]);
}

/** @param {string} title @param {Stampedes} runs @returns {import("./row.mjs").Verdict} */
function stampedeVerdict(title, runs) {
  const ours = runs.get("lastgood") ?? [];
  const time = summary(ours.map(({ milliseconds }) => milliseconds));
  const loads = Math.max(...ours.map((run) => run.loads));
  const reads = Math.max(...ours.map((run) => run.reads ?? 0));
  return {
    claim: `${CALLERS.toLocaleString("en")} callers of a cold key, loader ${title}`,
    goal: `one loader call, ${title === "good" ? "at most one" : "one"} backup read, within 5 % of the loader's ${LOAD_MS} ms`,
    measured: `${loads} loader call${loads === 1 ? "" : "s"}, ${reads} backup read${reads === 1 ? "" : "s"}, ${range(time, "ms")}`,
    met: loads === 1 && reads === (title === "good" ? 0 : 1) && time.median <= LOAD_MS * 1.05,
    reason: "What is over the loader's time is the process, busy with a thousand callers.",
  };
}

/** @param {string} title @param {Stampedes} runs @returns {import("./row.mjs").Table} */
function stampedeTable(title, runs) {
  return {
    columns: [`loader ${title}`, "loader calls", "backup reads", "ms until the last answer", "the callers are"],
    rows: Array.from(runs, ([name, list]) => [
      name,
      short(Math.max(...list.map(({ loads }) => loads))),
      list[0]?.reads === undefined ? "no backup" : String(list[0].reads),
      range(summary(list.map(({ milliseconds }) => milliseconds))),
      list[0]?.outcome ?? "",
    ]),
  };
}

const ENTRIES = 1_000_000;

/** @type {Row} */
export const heap = {
  id: "heap",
  title: "Heap of an entry",
  method: `Bytes that the heap has grown by after ${ENTRIES.toLocaleString("en")} misses, collected, by the entry: key, value ({ id } with a small number) and all that is remembered of them.`,
  async run() {
    const flags = ["--expose-gc", "--max-old-space-size=4096"];
    const all = names.filter((name) => name !== "Map, de-duplicating");
    const samples = await interleaved(all, 1, (name) => inProcess({ work: "heap", params: { name, entries: ENTRIES }, flags }));
    const ours = summary(samplesOf(samples, "lastgood"));
    return {
      verdicts: [
        {
          claim: "Heap of an entry, a million entries",
          goal: "≤ 220 bytes",
          measured: `${short(ours.median)} bytes`,
          met: ours.median <= 220,
        },
      ],
      tables: [
        {
          columns: ["", "bytes an entry", "what it lacks"],
          rows: Array.from(samples, ([name, list]) => [name, short(summary(list).median), contender(name).lacks]),
        },
      ],
      notes: ["One round: a heap is not a matter of luck."],
    };
  },
};

/** @typedef {ReturnType<typeof beside>} Lines */

/** @param {Lines} lines @param {string} baseline @returns {import("./row.mjs").Table} */
function nanosecondsTable(lines, baseline) {
  return {
    columns: ["", "ns", `times ${baseline}`, "what it lacks"],
    rows: lines.map(({ name, own, times }) => [name, range(own), factor(times), contender(name).lacks]),
  };
}

/** @param {string} id @param {string} title @param {Lines} lines */
function barsOf(id, title, lines) {
  const bars = lines.map(({ name, own }) => ({ label: name, value: own, isOurs: name === "lastgood" }));
  return { file: `${id}.svg`, alt: title, svg: barChart(title, bars) };
}
