/**
 * An outage, seen by a log line, the command line, Prometheus and the console, all in one run: a service in a process of its own, a source
 * that goes down and comes back, visitors. A second stands for a minute of a night, so that the run takes four minutes.
 *
 *     node examples/three-in-the-morning/run.mjs            writes what it saw into the page and its pictures
 *     node examples/three-in-the-morning/run.mjs --check    runs in a hurry and without a browser, writes nothing, and fails if the page shows something else
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePort, until } from "@lastgood/services";
import { pictures } from "./browser.mjs";
import { chart } from "./chart.mjs";
import { panelQueries, Prometheus } from "./prometheus.mjs";
import { Source } from "./source.mjs";
import { typeIn, withoutNumbers, withTranscripts } from "./transcripts.mjs";
import { Visitors } from "./visitors.mjs";

const PAGE = new URL("../../site/pages/three-in-the-morning.md", import.meta.url);
const PICTURES = new URL("../../docs/three-in-the-morning/", import.meta.url);
const COMMANDS = fileURLToPath(new URL("../node_modules/.bin", import.meta.url));

const isCheck = process.argv.includes("--check");
/** Milliseconds that stand for a minute. */
const MINUTE = isCheck ? 10 : 1000;
/** A second at the least: datastores warn of less, which is more often a mistake. */
const TTL = Math.max(1000, 5 * MINUTE);
const KEYS = ["rates/eur", "rates/gbp", "rates/usd", "weather/oslo"];

const IN_THE_OUTAGE = [
  "grep rates/eur service.log | tail -n 1",
  "lastgood status",
  "lastgood ls",
  "lastgood show rates/eur",
  `promtool query instant $PROMETHEUS 'ALERTS{alertstate="firing"}'`,
];
const AFTERWARDS = ["grep 'answers again' service.log | grep rates/eur", "lastgood status --stale-exit 1 && echo 'nothing is served from a backup'"];

const directory = await mkdtemp(join(tmpdir(), "start-page-"));
const [rates, weather] = [new Source(), new Source()];
await Promise.all([rates.start(), weather.start()]);
const port = await freePort();
const service = spawn(process.execPath, [fileURLToPath(new URL("service.mjs", import.meta.url))], {
  cwd: directory,
  env: { ...process.env, PORT: String(port), RATES_URL: rates.url, WEATHER_URL: weather.url, TTL: `${TTL}ms` },
  stdio: ["ignore", "pipe", "inherit"],
});
service.stdout.pipe(createWriteStream(join(directory, "service.log")));
const site = `http://127.0.0.1:${port}`;
/** @type {Prometheus | undefined} */
let watcher;
/** @type {Visitors | undefined} */
let guests;
try {
  await until(() => fetch(`${site}/metrics`));
  guests = new Visitors(KEYS.map((key) => `${site}/${key}`), Math.max(100, MINUTE / 4));
  // Meanwhile each key gets two generations.
  [watcher] = await Promise.all([Prometheus.start(port, MINUTE), sleep(2.5 * TTL)]);
  await night(watcher, guests);
} finally {
  await guests?.leave();
  service.kill();
  await Promise.all([rates.stop(), weather.stop(), watcher?.stop()]);
  if (service.exitCode === null && service.signalCode === null) await once(service, "exit");
  await rm(directory, { recursive: true });
}

/** @param {Prometheus} prometheus @param {Visitors} visitors */
async function night(prometheus, visitors) {
  const where = { cwd: directory, env: { ...process.env, PATH: `${COMMANDS}${delimiter}${process.env["PATH"]}`, LASTGOOD_BACKUP_URL: "file:./var/backups", PROMETHEUS: prometheus.url } };
  const transcripts = new Map();
  const began = Date.now() / 1000;
  await sleep(30 * MINUTE);

  const down = Date.now() / 1000;
  await rates.stop();
  await sleep(120 * MINUTE);
  await until(async () => mustBe(await prometheus.isFiring(), "no alert fires"));
  const [taken] = await Promise.all([isCheck ? new Map() : pictures(`${site}/admin/lastgood`), typeIn(IN_THE_OUTAGE, where, transcripts)]);
  await sleep(15 * MINUTE);

  const up = Date.now() / 1000;
  await rates.start();
  await until(async () => mustBe(!(await prometheus.isFiring()), "an alert fires"));
  await sleep(Math.max(1000, 30 * MINUTE));
  await typeIn(AFTERWARDS, where, transcripts);
  await visitors.leave();
  process.stdout.write(`${visitors.answered} requests of visitors were answered, and ${visitors.refused} were not\n`);
  mustBe(visitors.refused === 0, "a visitor got no answer");
  taken.set("metrics.svg", Buffer.from(await drawn(prometheus, { began, down, up })));
  await keep(transcripts, taken);
}

/** What the panels of the dashboard show, and when the alert fired. @param {Prometheus} prometheus @param {{ began: number, down: number, up: number }} times Epoch seconds. */
async function drawn(prometheus, { began, down, up }) {
  const ask = (/** @type {string} */ query) => prometheus.range(query, began);
  const [keys] = await ask((await panelQueries("Keys in fallback"))[0] ?? "");
  const [oldest] = await ask((await panelQueries("Oldest value served"))[0] ?? "");
  const gets = await ask((await panelQueries("Gets by source"))[0] ?? "");
  const [firing] = await ask('ALERTS{alertname="LastgoodFallbackOld",alertstate="firing"}');
  const fired = firing?.points.map(([time]) => time) ?? [];
  const getsFrom = (/** @type {string} */ source, /** @type {string} */ stale) => gets.find(({ labels }) => labels["source"] === source && labels["stale"] === stale)?.points ?? [];
  return chart(
    [
      { title: "Keys in fallback", unit: String, lines: [{ name: "keys", colour: "#bc4c00", points: keys?.points ?? [] }] },
      {
        title: "Oldest value served",
        unit: (seconds) => `${seconds} s`,
        lines: [{ name: "age", colour: "#bc4c00", points: oldest?.points ?? [] }],
        threshold: { value: (60 * MINUTE) / 1000, text: "limit of the alert" },
        alert: { from: fired.at(0) ?? up, to: fired.at(-1) ?? up, colour: "#cf222e", text: "LastgoodFallbackOld fires" },
      },
      {
        title: "Gets by source, a second",
        unit: String,
        lines: [
          { name: "cache", colour: "#1a7f37", points: getsFrom("cache", "false") },
          { name: "cache, stale", colour: "#bf8700", points: getsFrom("cache", "true") },
          { name: "loader", colour: "#0969da", points: getsFrom("loader", "false") },
          { name: "backup, stale", colour: "#cf222e", points: getsFrom("backup", "true") },
        ],
      },
    ],
    { from: began, to: Date.now() / 1000, outage: { from: down, to: up, colour: "#fff1e5", text: "the source of the rates is down" } },
  );
}

/** Writes what was seen, or holds it against what the page shows. @param {Map<string, string>} transcripts @param {Map<string, Buffer>} taken */
async function keep(transcripts, taken) {
  const page = await readFile(PAGE, "utf8");
  const seen = withTranscripts(page, transcripts);
  if (isCheck) {
    if (withoutNumbers(seen) === withoutNumbers(page)) return;
    throw new Error(`the page shows something else than the run printed. Make it again: node examples/three-in-the-morning/run.mjs\n\n${withoutNumbers(page)}\n\n${withoutNumbers(seen)}`);
  }
  await mkdir(PICTURES, { recursive: true });
  for (const [name, bytes] of taken) await writeFile(new URL(name, PICTURES), bytes);
  await writeFile(PAGE, seen);
}

/** @param {boolean} condition @param {string} complaint */
function mustBe(condition, complaint) {
  if (!condition) throw new Error(complaint);
}
