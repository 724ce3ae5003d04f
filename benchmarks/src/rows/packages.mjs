/** Rows about what a program takes on with the package. */

import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { fileURLToPath } from "node:url";
import { inProcess, interleaved } from "../processes.mjs";
import { summary } from "../statistics.mjs";
import { range, samplesOf } from "./row.mjs";

/** @typedef {import("./row.mjs").Row} Row */

const CORE = "@lastgood/core";
const NOTHING = "a module of nothing";
const PEERS = ["@epic-web/cachified", "async-cache-dedupe", "bentocache", "cache-manager", "cacheable", "lru-cache", "p-memoize"];
const ROUNDS = 15;
const MOST_MS = 11;

const READABLE = "It is one file of fifty sources, which is read and compiled. Minified it would take three quarters of that, and nobody could read a stack trace.";

/** @type {Row} */
export const imports = {
  id: "import",
  title: "Import of core",
  method: "Milliseconds of the first import() in a fresh process, with the files in the disk's cache.",
  async run() {
    const specifiers = new Map([[NOTHING, "./nothing.mjs"], ...[CORE, ...PEERS].map((name) => /** @type {const} */ ([name, name]))]);
    const samples = await interleaved([...specifiers.keys()], ROUNDS, (name) =>
      /** @type {Promise<number>} */ (inProcess({ work: "import", params: { specifier: specifiers.get(name) } })),
    );
    const ours = summary(samplesOf(samples, CORE));
    return {
      verdicts: [{ claim: "Import of core", goal: `≤ ${MOST_MS} ms`, measured: range(ours, "ms"), met: ours.median <= MOST_MS, reason: READABLE }],
      tables: [{ columns: ["", "ms"], rows: Array.from(samples, ([name, list]) => [name, range(summary(list))]) }],
    };
  },
};

const MOST_BYTES = 16_000;

/** @type {Row} */
export const size = {
  id: "size",
  title: "Size of core",
  method: "Bytes of everything that the package exports, bundled and minified by esbuild, then compressed by gzip -9. Builtins of Node are left out.",
  async run() {
    const sizes = new Map();
    for (const name of [CORE, ...PEERS]) sizes.set(name, await bundled(name));
    const { minified, compressed } = sizes.get(CORE);
    return {
      verdicts: [
        {
          claim: "Size of core",
          goal: `≤ ${MOST_BYTES / 1_000} kB gzipped`,
          measured: `${kilobytes(compressed)} (${kilobytes(minified)} minified)`,
          met: compressed <= MOST_BYTES,
          reason: "Core holds the whole of the promises: envelopes, codecs, culls, outages, breakers. What of it a program does not use, such as the encrypting codec, its bundler drops.",
        },
      ],
      tables: [
        { columns: ["", "minified", "gzipped"], rows: Array.from(sizes, ([name, one]) => [name, kilobytes(one.minified), kilobytes(one.compressed)]) },
      ],
    };
  },
};

/** @param {string} name */
async function bundled(name) {
  const { outputFiles } = await build({
    stdin: { contents: `export * from ${JSON.stringify(name)};`, resolveDir: fileURLToPath(new URL("../..", import.meta.url)) },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "node",
    target: "node20",
    logLevel: "error",
  });
  const bytes = outputFiles[0]?.contents ?? new Uint8Array();
  return { minified: bytes.length, compressed: gzipSync(bytes, { level: 9 }).length };
}

/** @param {number} bytes */
function kilobytes(bytes) {
  return `${(bytes / 1_000).toFixed(1)} kB`;
}
