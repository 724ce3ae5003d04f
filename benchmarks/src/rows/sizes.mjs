/** Rows of curves: what a get costs with the size of the value, and with the number of keys. */

import { inProcess, interleaved } from "../processes.mjs";
import { lineChart } from "../report/line-chart.mjs";
import { percentile } from "../statistics.mjs";
import { short } from "./row.mjs";

/**
 * @typedef {import("./row.mjs").Row} Row
 * @typedef {{ name: string, points: { x: number, y: number }[] }} Curve
 */

const BYTES = [1_000, 10_000, 100_000, 1_000_000, 10_000_000];
const CLIFF = 20;

/** @type {Row} */
export const values = {
  id: "values",
  title: "Cost against the size of the value",
  method: "Microseconds of a get of rows, by their size as JSON. A miss is checked, cached and written durably. A hit in Redis is fetched, its checksum \
verified, and decoded. For scale: the same rows to JSON and back.",
  async run(bench) {
    const s3 = await bench.s3();
    const url = await bench.url("redis");
    const names = ["JSON there and back", "hit in Redis", "miss, backup in memory", "miss, backup in fs", "miss, backup in SQLite", "miss, backup in S3"];
    /** @type {Curve[]} */
    const curves = names.map((name) => ({ name, points: [] }));
    for (const bytes of BYTES) {
      const flags = ["--max-old-space-size=4096"];
      const samples = await interleaved(names, 2, (name) => /** @type {Promise<number>} */ (inProcess({ work: "value-size", params: { name, bytes, url, s3 }, flags })));
      for (const { name, points } of curves) points.push({ x: bytes, y: percentile(samples.get(name) ?? [], 0.5) });
    }
    const [scale, ...gets] = curves;
    const reason = scale && `${scale.name} takes up to ${short(steepestOf(scale))} times as long for ten times the size, by itself.`;
    return {
      verdicts: gets.map((curve) => ({ ...noCliff(`A get by the size of its value, ${curve.name}`, curve, "ten times the size"), ...(reason && { reason }) })),
      tables: [curveTable("bytes", curves, "µs")],
      charts: [{ file: "values.svg", alt: "Microseconds of a get by the size of its value", svg: lineChart("Microseconds of a get by the bytes of its value", curves) }],
    };
  },
};

const MOST_KEYS = 10_000_000;

/** @type {Row} */
export const keys = {
  id: "keys",
  title: "Cost against the number of keys",
  method: `Nanoseconds of a get in a cache in memory that holds ten keys, a hundred, and on up to ${MOST_KEYS.toLocaleString("en")}, asked for at random; and of the misses \
that filled it from one size to the next. Backups are left out: they would be on a disk. A Map beside it, because the memory of the machine has cliffs of its own.`,
  async run() {
    /** @type {Map<string, import("../works/key-count.mjs").Point[][]>} */
    const runs = await interleaved(["lastgood", "Map"], 1, (name) =>
      inProcess({ work: "key-count", params: { name, most: MOST_KEYS }, flags: ["--max-old-space-size=12288"], limit: 600_000 }),
    );
    const curves = Array.from(runs).flatMap(([name, [points = []]]) => [
      { name: `${name}, hit`, points: points.map((point) => ({ x: point.keys, y: point.hit })) },
      { name: `${name}, miss`, points: points.flatMap((point) => (point.keys < 1_000 ? [] : [{ x: point.keys, y: point.miss }])) },
    ]);
    return {
      verdicts: curves.slice(0, 2).map((curve) => noCliff(`A get by the number of keys, ${curve.name}`, curve, "ten times the keys", 4)),
      tables: [curveTable("keys", curves, "ns")],
      charts: [{ file: "keys.svg", alt: "Nanoseconds of a get by the number of keys", svg: lineChart("Nanoseconds of a get by the number of keys", curves) }],
    };
  },
};

/** @param {string} claim @param {Curve} curve @param {string} step @param {number} [most] @returns {import("./row.mjs").Verdict} */
function noCliff(claim, curve, step, most = CLIFF) {
  const steepest = steepestOf(curve);
  return { claim, goal: `no cliff: ${step} costs at most ${most} times as much`, measured: `at most ${short(steepest)} times`, met: steepest <= most };
}

/** How much more a point costs than the one before it, at most. @param {Curve} curve */
function steepestOf({ points }) {
  return Math.max(...points.slice(1).map(({ y }, index) => y / (points[index]?.y ?? NaN)));
}

/** @param {string} what @param {readonly Curve[]} curves @param {string} unit @returns {import("./row.mjs").Table} */
function curveTable(what, curves, unit) {
  const xs = [...new Set(curves.flatMap(({ points }) => points.map(({ x }) => x)))].sort((a, b) => a - b);
  return {
    columns: [`${what} (${unit})`, ...xs.map((x) => x.toLocaleString("en"))],
    rows: curves.map(({ name, points }) => [name, ...xs.map((x) => short(points.find((point) => point.x === x)?.y ?? NaN))]),
  };
}
