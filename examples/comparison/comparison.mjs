/**
 * What a caller gets for a key that was loaded once, and whose source is down since then. Each contender of contenders.mjs goes through the
 * same mishaps, with a real Redis and in processes of its own. Prints a table in Markdown.
 *
 *     node examples/comparison/comparison.mjs
 */

import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, stat, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startService } from "@lastgood/services";
import { Redis } from "ioredis";
import { contenders, ENTRIES, TTL } from "./contenders.mjs";

/** How long a caller waits for an answer, in milliseconds. */
const PATIENCE = 15_000;
const KEY = "rates";

/**
 * @typedef {Awaited<ReturnType<typeof startService>>} Service
 * @typedef {"the value" | "an error" | "undefined" | "no answer" | "keeps no file"} Answer
 *
 * @typedef {object} Mishap What happens after the load, before the key is asked for again.
 * @property {string} title
 * @property {boolean} [evicts] Later keys fill the memory of the process.
 * @property {boolean} [flushes] Redis loses everything.
 * @property {boolean} [restarts] The process is killed, and another one asks.
 * @property {boolean} [kills] Redis dies.
 * @property {boolean} [cuts] The file that was written last loses its second half, as it may in a power cut.
 */

/** @type {readonly Mishap[]} */
const MISHAPS = [
  { title: "the cached copy expires" },
  { title: "later keys push it out of the memory", evicts: true },
  { title: "the process restarts", restarts: true },
  { title: "Redis dies", kills: true },
  { title: "later keys push it out, and Redis is flushed", evicts: true, flushes: true },
  { title: "the process restarts, and Redis is flushed", restarts: true, flushes: true },
  { title: "the process restarts, and Redis dies", restarts: true, kills: true },
  { title: "the process restarts, and its last file is cut in half", restarts: true, kills: true, cuts: true },
];

const SUBJECT = fileURLToPath(new URL("./subject.mjs", import.meta.url));

/** @param {string} name @param {string} redis @param {string} directory */
async function startSubject(name, redis, directory) {
  const child = fork(SUBJECT, [name, redis, directory], { stdio: ["ignore", "ignore", "ignore", "ipc"] });
  await once(child, "message");
  return {
    /** @param {boolean} isUp Of the source. @param {string[]} keys @returns {Promise<Answer>} What comes of the last key. */
    async get(isUp, ...keys) {
      const answer = once(child, "message").then(([said]) => said);
      child.send({ isUp, keys });
      return Promise.race([answer, sleep(PATIENCE, /** @type {const} */ ("no answer"), { ref: false })]);
    },
    async kill() {
      if (child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

/** @param {Service} redis */
async function flush(redis) {
  const client = new Redis(redis.url);
  await client.flushall();
  await client.quit();
}

/** @param {string} directory @returns {Promise<boolean>} Whether there was a file. */
async function cutLastFile(directory) {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const files = await Promise.all(paths.map(async (file) => ({ file, ...(await stat(file)) })));
  const [last] = files.sort((one, other) => other.mtimeMs - one.mtimeMs);
  if (last === undefined) return false;
  await truncate(last.file, Math.floor(last.size / 2));
  return true;
}

/** @param {string} name @param {Service} redis @param {Mishap} mishap @returns {Promise<Answer>} */
async function answerAfter(name, redis, { evicts = false, flushes = false, restarts = false, kills = false, cuts = false }) {
  await flush(redis);
  const directory = await mkdtemp(join(tmpdir(), "lastgood-comparison-"));
  let subject = await startSubject(name, redis.url, directory);
  try {
    // Twice, because a store may keep more than the last.
    for (let load = 1; load <= 2; load++) {
      const loaded = await subject.get(true, KEY);
      if (loaded !== "the value") throw new Error(`${name} answered with ${loaded} while its source was well`);
      if (evicts) await subject.get(true, ...Array.from({ length: ENTRIES * 2 }, (_, index) => `later:${index}`));
      await sleep(TTL * 1.5); // nobody but lastgood can be handed a clock
    }
    if (flushes) await flush(redis);
    if (kills) await redis.first.kill();
    if (restarts) {
      await subject.kill();
      if (cuts && !(await cutLastFile(directory))) return "keeps no file";
      subject = await startSubject(name, redis.url, directory);
    }
    return await subject.get(false, KEY);
  } finally {
    await subject.kill();
    await rm(directory, { recursive: true, force: true });
    if (kills) await redis.first.start();
  }
}

/** @param {string} name @returns {Promise<Answer[]>} One for each mishap. */
async function answersOf(name) {
  const redis = await startService("redis");
  /** @type {Answer[]} */
  const answers = [];
  try {
    for (const mishap of MISHAPS) answers.push(await answerAfter(name, redis, mishap));
  } finally {
    await redis.stop();
  }
  return answers;
}

/** @param {readonly string[]} cells */
function row(cells) {
  return `| ${cells.join(" | ")} |`;
}

export async function compare() {
  const names = Object.keys(contenders);
  /** @type {Answer[][]} */
  const columns = [];
  // Two at a time: each has a Redis and a process of its own.
  for (let next = 0; next < names.length; next += 2) columns.push(...(await Promise.all(names.slice(next, next + 2).map(answersOf))));
  const rows = MISHAPS.map(({ title }, index) => row([title, ...columns.map((answers) => answers[index] ?? "")]));
  return [row(["what happens meanwhile", ...names]), row(["", ...names].map(() => "---")), ...rows].join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await compare());
