/** Rows about backups: what durable costs, and whom it holds up. */

import { inProcess, interleaved } from "../processes.mjs";
import { summary } from "../statistics.mjs";
import { peersOfWrites } from "../contenders/protocols.mjs";
import { ahead, atMost, beside, factor, lineOf, range, samplesOf, short } from "./row.mjs";

/**
 * @typedef {import("./row.mjs").Row} Row
 * @typedef {import("./row.mjs").Bench} Bench
 * @typedef {import("./row.mjs").Findings} Findings
 * @typedef {import("./row.mjs").Verdict} Verdict
 */

const ROUNDS = 5;
const STORES = ["fs", "SQLite", "S3"];
const TOGETHER = 50;
const S3_IS_AWAY_MS = 15;

/** Times the bare protocol. @type {Readonly<Record<string, number>>} */
const MOST = { fs: 1.25, SQLite: 1.2, S3: 1.2 };

/** @type {Readonly<Record<string, string>>} */
const WRITE_REASONS = {
  fs: "Beyond the bare protocol a backup looks at its directory, checks that all bytes arrived, and lists what there is of the id, to answer with the newest stamp and to prune.",
  SQLite: "Beyond the bare protocol the database is in a thread of its own, which is woken for each write and wakes the caller; and a look before and behind it proves that the path still leads to the file.",
  S3: "Beside the PUT a backup lists what there is of the id, to answer with the newest stamp and to prune: a second request, where the bare protocol has one.",
};

/** @type {Row} */
export const write = {
  id: "write",
  title: "A durable write",
  method: `Microseconds of a write of a new id, until it is durable, beside the bare protocol with the same flushes: a new file, flushed, renamed, its \
directory flushed; a row in a transaction of SQLite with synchronous = FULL; one PUT. Then ${TOGETHER} that arrive together, by the write. S3 is ${S3_IS_AWAY_MS} ms away, which is near for a \
bucket. On loopback its server, which is written in Python and does one thing at a time, hides what is asked at the same time.`,
  async run(bench) {
    return runIn(await bench.distantS3(S3_IS_AWAY_MS), await bench.s3());
  },
};

/** Each `s3` has the options of a client. @param {object} s3 @param {object} s3OnLoopback @returns {Promise<Findings>} */
async function runIn(s3, s3OnLoopback) {
  /** @type {Findings[]} */
  const parts = [];
  for (const store of STORES) {
    for (const bytes of [1_000, 100_000]) parts.push(await oneByOne(store, bytes, s3));
    parts.push(await together(store, s3));
  }
  parts.push(await measuredOnly("S3", 1_000, "on loopback", s3OnLoopback));
  return { verdicts: parts.flatMap(({ verdicts }) => verdicts), tables: parts.flatMap(({ tables }) => tables) };
}

/** @param {string} store @param {number} bytes @param {number} count @param {object} s3 */
function writes(store, bytes, count, s3) {
  const params = { store, bytes, together: count, s3 };
  return (/** @type {string} */ name) => /** @type {Promise<number>} */ (inProcess({ work: "durable-write", params: { name, ...params } }));
}

/** @param {string} store @param {number} bytes @param {object} s3 @returns {Promise<Findings>} */
async function oneByOne(store, bytes, s3) {
  const lines = await linesOf(store, bytes, s3);
  const ours = lineOf(lines, "lastgood");
  const claim = `A durable write of ${sizeOf(bytes)}, ${store}`;
  return {
    verdicts: [atMost(claim, ours.times, MOST[store] ?? 1, { of: "bare protocol", reason: WRITE_REASONS[store] ?? "" })],
    tables: [tableOf(`${sizeOf(bytes)}, ${store}`, lines)],
  };
}

/** Without a goal. @param {string} store @param {number} bytes @param {string} where @param {object} s3 @returns {Promise<Findings>} */
async function measuredOnly(store, bytes, where, s3) {
  return { verdicts: [], tables: [tableOf(`${sizeOf(bytes)}, ${store} ${where}`, await linesOf(store, bytes, s3))] };
}

/** @param {string} store @param {number} bytes @param {object} s3 */
async function linesOf(store, bytes, s3) {
  return beside(await interleaved(["bare protocol", "lastgood"], ROUNDS, writes(store, bytes, 1, s3)), "bare protocol");
}

/** @param {string} title @param {Awaited<ReturnType<typeof linesOf>>} lines */
function tableOf(title, lines) {
  return { columns: [title, "µs", "times bare"], rows: lines.map(({ name, own, times }) => [name, range(own), factor(times)]) };
}

/** @param {number} bytes */
function sizeOf(bytes) {
  return `${bytes / 1_000} KB`;
}

/** A write that is not durable is no match: it is in the table, and no goal. */
const UNFLUSHED = /unflushed/;

/** @type {Readonly<Record<string, string>>} */
const TOGETHER_REASONS = {
  fs: "It leaves out the flush of the directory, so a loss of power may undo acknowledged writes, and it keeps all four threads of Node busy with flushes; a backup leaves two of them to reads and host names.",
};

/** @param {string} store @param {object} s3 @returns {Promise<Findings>} */
async function together(store, s3) {
  const peers = Object.keys(peersOfWrites[store] ?? {});
  const single = await interleaved(["lastgood"], 3, writes(store, 1_000, 1, s3));
  const many = await interleaved(["lastgood", "bare protocol", ...peers], ROUNDS, writes(store, 1_000, TOGETHER, s3));
  const share = summary(samplesOf(many, "lastgood").map((sample) => sample / summary(samplesOf(single, "lastgood")).median));
  const durable = peers.filter((name) => !UNFLUSHED.test(name));
  /** @type {Verdict} */
  const verdict = {
    claim: `${TOGETHER} writes that arrive together share commits, SQLite`,
    goal: "≤ 0.2 × one alone, by the write",
    measured: factor(share),
    met: share.median <= 0.2,
  };
  return {
    // An object is a commit of its own, in any order. A database has commits to share, and a directory has flushes.
    verdicts: [...(store === "SQLite" ? [verdict] : []), ...ahead(`${TOGETHER} durable writes together, ${store}`, many, durable, TOGETHER_REASONS[store])],
    tables: [
      {
        columns: [`1 KB, ${store}, ${TOGETHER} together`, "µs by the write", "times one alone"],
        rows: [
          ["lastgood", range(summary(samplesOf(many, "lastgood"))), factor(share)],
          ...["bare protocol", ...peers].map((name) => [name, range(summary(samplesOf(many, name))), ""]),
        ],
      },
    ],
  };
}

const PER_SECOND = 1_000;
const MOST_HELD_MS = 5;

/** @type {Row} */
export const eventLoop = {
  id: "event-loop",
  title: "The event loop while backups are written",
  method: `Delay of the event loop, as monitorEventLoopDelay has it with a resolution of 1 ms (so an idle one shows 1 ms), while a datastore loads \
${PER_SECOND.toLocaleString("en")} values of 1 KB a second, each with a backup to write, whether the store keeps up or not.`,
  async run(bench) {
    const s3 = await bench.s3();
    const params = { seconds: 4, perSecond: PER_SECOND, s3 };
    const held = await interleaved(STORES, 3, (store) => /** @type {Promise<import("../works/event-loop.mjs").Held>} */ (inProcess({ work: "event-loop", params: { store, ...params } })));
    const lines = Array.from(held, ([store, list]) => ({
      store,
      p50: summary(list.map((one) => one.p50)),
      p99: summary(list.map((one) => one.p99)),
      longest: summary(list.map((one) => one.longest)),
      written: summary(list.map((one) => one.writtenPerSecond)),
    }));
    return {
      verdicts: lines.map(({ store, p99 }) => ({
        claim: `Event loop held while ${PER_SECOND.toLocaleString("en")} backups a second are written, ${store}`,
        goal: `p99 < ${MOST_HELD_MS} ms`,
        measured: range(p99, "ms"),
        met: p99.median < MOST_HELD_MS,
        reason: "So many writes do not fit into this machine beside the loads and the server; what does not fit waits. S3 is a server in Python here, which has one of the two cores.",
      })),
      tables: [
        {
          columns: ["", "p50, ms", "p99, ms", "longest, ms", "written a second"],
          rows: lines.map(({ store, p50, p99, longest, written }) => [store, range(p50), range(p99), range(longest), range(written)]),
        },
      ],
      notes: ["Where fewer are written a second than are loaded, the others wait their turn behind, as many as there is room for; the newest of each key is kept."],
    };
  },
};

/** A listing of a million directories, twice, takes longer than all other rows together. @type {Readonly<Record<string, number>>} */
const RECORDS = { SQLite: 1_000_000, fs: 100_000 };
const UNUSED = 10_000;
const FLAT_BYTES = 64 * 1024 * 1024;

/** @type {Row} */
export const cull = {
  id: "cull",
  title: "A cull of a large store",
  method: `A store of a million records in SQLite, or of a hundred thousand in files (a million would take longer than the rest of the run), of which ${UNUSED.toLocaleString("en")} are unused for two months, is culled while the process \
answers some 400 gets a second, one in ten a miss whose value is backed up. The records are made straight in the store's files, unflushed: writing them one by \
one would take a quarter of an hour. 99th percentiles of the gets in 15 s before the cull, and during it; the heap's highest rise above where it was.`,
  async run() {
    /** @type {Map<string, import("../works/cull.mjs").Culled[]>} */
    const culls = await interleaved(["SQLite", "fs"], 1, (store) =>
      inProcess({ work: "cull", params: { store, records: RECORDS[store], unused: UNUSED }, flags: ["--expose-gc"], limit: 900_000 }),
    );
    const lines = Array.from(culls).flatMap(([store, [one]]) => (one === undefined ? [] : [{ store, ...one }]));
    return {
      verdicts: lines.flatMap(cullVerdicts),
      tables: [
        {
          columns: ["", "examined", "deleted", "cull, s", "heap's rise, MB", "hit p99 before / during, ms", "miss p99 before / during, ms"],
          rows: lines.map(({ store, result, cullSeconds, heapGrowth, quiet, culling }) => [
            store,
            short(result.examined),
            short(result.deleted),
            short(cullSeconds),
            short(heapGrowth / 1e6),
            `${short(quiet.hits)} / ${short(culling.hits)}`,
            `${short(quiet.misses)} / ${short(culling.misses)}`,
          ]),
        },
      ],
      notes: ["One round: making and culling two such stores takes minutes."],
    };
  },
};

/** @param {{ store: string } & import("../works/cull.mjs").Culled} culled @returns {Verdict[]} */
function cullVerdicts({ store, result, heapGrowth, quiet, culling }) {
  const whole = result.examined >= (RECORDS[store] ?? NaN) && result.deleted === UNUSED && result.failed === 0;
  return [
    {
      claim: `Memory while ${short(RECORDS[store] ?? NaN)} records are culled, ${store}`,
      goal: `flat: the heap rises by less than ${FLAT_BYTES / 1024 / 1024} MB, garbage included`,
      measured: `${short(heapGrowth / 1e6)} MB; ${short(result.examined)} examined, ${short(result.deleted)} deleted`,
      met: whole && heapGrowth < FLAT_BYTES,
    },
    {
      claim: `Gets while ${short(RECORDS[store] ?? NaN)} records are culled, ${store}`,
      goal: "p99 of hits and of misses not moved: at most 1.2 times, or 1 ms",
      measured: `hits ${short(quiet.hits)} → ${short(culling.hits)} ms, misses ${short(quiet.misses)} → ${short(culling.misses)} ms`,
      met: isUnmoved(quiet.hits, culling.hits) && isUnmoved(quiet.misses, culling.misses),
      reason: "Misses write to the store that is being culled, and both flush one disk.",
    },
  ];
}

/** @param {number} before @param {number} during */
function isUnmoved(before, during) {
  return during <= before * 1.2 || during <= before + 1;
}
