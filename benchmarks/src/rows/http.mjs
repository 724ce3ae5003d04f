/** Rows about HTTP: a fetch that remembers, and a proxy beside nginx. */

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { newFolder } from "../folder.mjs";
import { inProcess, interleaved } from "../processes.mjs";
import { ratio, summary } from "../statistics.mjs";
import { beside, factor, range, samplesOf, short } from "./row.mjs";

/** @typedef {import("./row.mjs").Row} Row @typedef {import("./row.mjs").Verdict} Verdict */

const execute = promisify(execFile);
const CLI = fileURLToPath(new URL("../../../packages/cli/dist/main.js", import.meta.url));

const FETCH = "fetch";
const KEPT = "lastGoodFetch";
const TIMES_AS_FAST = 20;

/** @type {Row} */
export const fetched = {
  id: "fetch",
  title: "A fresh answer of lastGoodFetch",
  method: "Microseconds until the text of a small JSON answer is there: by the platform's fetch of a server on loopback, in a process of its own, and by lastGoodFetch, which has the answer already.",
  async run() {
    const samples = await interleaved([FETCH, KEPT], 5, async (by) => /** @type {number} */ (await inProcess({ work: "fetch", params: { by } })) / 1_000);
    const speedUp = ratio(samplesOf(samples, FETCH), samplesOf(samples, KEPT));
    return {
      verdicts: [{ claim: "A fresh answer through lastGoodFetch", goal: `≥ ${TIMES_AS_FAST} × as fast as fetch`, measured: factor(speedUp), met: speedUp.median >= TIMES_AS_FAST }],
      tables: [{ columns: ["", "µs", `times ${FETCH}`], rows: beside(samples, FETCH).map(({ name, own, times }) => [name, range(own), factor(times)]) }],
    };
  },
};

const CONNECTIONS = 64;
const SECONDS = 5;
const ROUNDS = 5;
const LEAST = 0.5;
const REQUESTS = 1_000_000;
/** What a heap may be larger by from one collection to the next. */
const FLAT_BYTES = 64 * 2 ** 20;
const NGINX = "nginx";
const SERVE = "lastgood serve";
const SIZES = { "1 KB": "1k", "100 KB": "100k" };

/** @type {Row} */
export const served = {
  id: "serve",
  title: "Fresh answers of lastgood serve",
  method: `Requests a second over ${CONNECTIONS} connections of wrk, for one URL whose answer is fresh: by nginx with proxy_cache and one worker, and by lastgood serve with one process, in front of the same server. Then the memory of lastgood serve over ${short(REQUESTS)} requests.`,
  async run(bench) {
    const { url, origin } = await bench.nginx();
    const directory = await newFolder();
    const proxy = await startProxy(directory, origin);
    try {
      const places = { [NGINX]: url, [SERVE]: proxy.url };
      const parts = [];
      for (const [size, file] of Object.entries(SIZES)) parts.push(await race(size, file, places));
      const memory = await memoryOver(REQUESTS, `${proxy.url}/${SIZES["1 KB"]}`, proxy.pid);
      return { verdicts: [...parts.map(({ verdict }) => verdict), memory.verdict], tables: [...parts.map(({ table }) => table), memory.table] };
    } finally {
      await proxy.stop();
    }
  },
};

/** @param {string} directory @param {string} origin */
async function startProxy(directory, origin) {
  const env = { ...process.env, XDG_STATE_HOME: directory, XDG_CACHE_HOME: directory };
  const started = spawn(process.execPath, [CLI, "serve", "--listen", "0", origin], { env, stdio: ["ignore", "ignore", "pipe"] });
  for await (const line of createInterface({ input: started.stderr })) {
    const [, url] = / at (http:\S+)$/.exec(line) ?? [];
    if (url !== undefined) return { url, pid: started.pid ?? 0, stop: async () => (started.kill("SIGTERM"), await once(started, "exit")) };
  }
  throw new Error("lastgood serve ended before it listened");
}

/** @param {string} url @param {number} seconds @returns {Promise<{ perSecond: number, requests: number }>} */
async function load(url, seconds) {
  const { stdout } = await execute("wrk", ["-t1", `-c${CONNECTIONS}`, `-d${seconds}s`, url]);
  const [, perSecond] = /Requests\/sec:\s+([\d.]+)/.exec(stdout) ?? [];
  const [, requests] = /(\d+) requests in/.exec(stdout) ?? [];
  if (perSecond === undefined || requests === undefined || /Non-2xx/.test(stdout)) throw new Error(`wrk says: ${stdout}`);
  return { perSecond: Number(perSecond), requests: Number(requests) };
}

/** @param {string} size @param {string} file @param {Readonly<Record<string, string>>} places */
async function race(size, file, places) {
  for (const url of Object.values(places)) await load(`${url}/${file}`, 2); // it is fresh from now on, and the code is warm
  const samples = await interleaved(Object.keys(places), ROUNDS, async (name) => (await load(`${places[name]}/${file}`, SECONDS)).perSecond);
  const share = ratio(samplesOf(samples, SERVE), samplesOf(samples, NGINX));
  /** @type {Verdict} */
  const verdict = {
    claim: `Fresh answers of ${size} by lastgood serve`,
    goal: `≥ ${LEAST} × nginx`,
    measured: factor(share),
    met: share.median >= LEAST,
    reason: "In the profile, more than a third is the kernel writing to sockets, as much is node:http, and a fifth is HTTP caching: keys, headers, freshness. `--workers` uses the other cores.",
  };
  return { verdict, table: { columns: [size, "requests a second", `times ${NGINX}`], rows: beside(samples, NGINX).map(({ name, own, times }) => [name, range(own), factor(times)]) } };
}

/** @param {number} most @param {string} url @param {number} pid */
async function memoryOver(most, url, pid) {
  const sizes = [];
  let requests = 0;
  while (requests < most) {
    requests += (await load(url, SECONDS)).requests;
    sizes.push(await residentBytes(pid));
  }
  const half = Math.floor(sizes.length / 2);
  const growth = summary(sizes.slice(half)).median - summary(sizes.slice(0, Math.max(1, half))).median;
  /** @type {Verdict} */
  const verdict = { claim: `Memory of lastgood serve over ${short(requests)} requests`, goal: `flat within ${FLAT_BYTES / 2 ** 20} MiB`, measured: `${short(growth / 2 ** 20)} MiB`, met: growth <= FLAT_BYTES };
  return { verdict, table: { columns: ["memory, MiB", "first half", "second half"], rows: [[SERVE, ...[sizes.slice(0, Math.max(1, half)), sizes.slice(half)].map((some) => range(summary(some.map((bytes) => bytes / 2 ** 20))))]] } };
}

/** @param {number} pid */
async function residentBytes(pid) {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1_024;
}
