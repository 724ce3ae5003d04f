/** The third act of the outage: the feed is read through `lastgood serve`, by curl and by a browser, which know nothing of lastgood. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { install, isInstalled } from "@lastgood/services";
import { chromium } from "playwright-core";
import { atomFeed } from "./feed.mjs";
import { startLastgood } from "./reader.mjs";
import { Source } from "./source.mjs";
import { commandLine, describeBody, detail, verdict, write } from "./transcript.mjs";

/** Debian's. */
const BROWSER = "/usr/bin/chromium";
/** @type {Exclude<Parameters<typeof install>[0], string>} */
const NEEDED = { check: [["curl", "--version"], [BROWSER, "--version"]], debian: ["curl", "chromium", "fonts-dejavu-core"] };

/**
 * @typedef {object} Answer
 * @property {string} status
 * @property {string} cacheStatus
 * @property {Buffer} body
 *
 * @typedef {object} Stage
 * @property {Source} source
 * @property {(edition: number) => Promise<void>} publish
 * @property {() => Promise<void>} restart Of the proxy.
 *
 * @typedef {object} ProxyStep
 * @property {string} what
 * @property {(stage: Stage) => Promise<unknown>} [act]
 * @property {"curl" | "browser"} reader
 * @property {string} promise
 * @property {string} [path]
 * @property {number | "nothing"} edition
 * @property {RegExp} says What `Cache-Status` must say.
 */

const LOADED = /^lastgood; fwd=(?:uri-miss|stale|miss)\b.*; stored$/;
const STANDS_IN = /^lastgood; hit; ttl=-?\d+; detail=backup$/;

/** @type {readonly ProxyStep[]} */
const STEPS = [
  { what: "The source is healthy. Nothing has been kept yet", reader: "curl", promise: "the feed comes from the source", edition: 1, says: LOADED },
  { what: "The server is stopped, so that connections are refused", act: ({ source }) => source.stop(), reader: "curl", promise: "curl gets the last good feed, with status 200", edition: 1, says: STANDS_IN },
  { what: "The server is still stopped, and a browser asks", reader: "browser", promise: "a browser gets the last good feed", edition: 1, says: STANDS_IN },
  { what: "The server answers with status 500", act: ({ source }) => source.behave("status 500"), reader: "browser", promise: "the last good feed", edition: 1, says: STANDS_IN },
  { what: "The server accepts the request and never answers", act: ({ source }) => source.behave("hang"), reader: "curl", promise: "the last good feed once --timeout is over", edition: 1, says: STANDS_IN },
  { what: "The server sends half of the feed and resets the connection", act: ({ source }) => source.behave("reset"), reader: "browser", promise: "no half of a feed: the last good one, whole", edition: 1, says: STANDS_IN },
  { what: "The proxy is stopped and started again, while the server is down", act: async ({ source, restart }) => (await source.stop(), await restart()), reader: "curl", promise: "the last good feed outlives the proxy", edition: 1, says: STANDS_IN },
  {
    what: "The server is healthy again, with a newer edition of the feed",
    act: async ({ source, publish }) => (await publish(2), await source.behave("healthy")),
    reader: "browser",
    promise: "the newer feed comes from the source",
    edition: 2,
    says: LOADED,
  },
  { what: "The server is stopped once more", act: ({ source }) => source.stop(), reader: "curl", promise: "the newer feed stands in", edition: 2, says: STANDS_IN },
  { what: "The server is still stopped, and another path is asked for, which has never been loaded", reader: "curl", path: "/other", promise: "there is no last good answer, and 502 says so", edition: "nothing", says: /^lastgood; fwd=miss$/ },
];

/** How many promises there are. */
export const PROXY_STEPS = STEPS.length;

/**
 * Installs what this act needs, where that can be done.
 * @returns {Promise<string | undefined>} What is missing and what to type, where it cannot.
 */
export async function obstacleToProxy() {
  if (await isInstalled(NEEDED)) return undefined;
  write(`Installing ${NEEDED.debian.join(", ")} …\n`);
  try {
    await install(NEEDED);
    return undefined;
  } catch (error) {
    return /** @type {Error} */ (error).message;
  }
}

/**
 * @param {string} directory
 * @param {Parameters<typeof atomFeed>[0]} records
 * @returns {Promise<number>} How many promises were broken.
 */
export async function proxiedOutage(directory, records) {
  const file = join(directory, "feed.atom");
  const publish = (/** @type {number} */ edition) => writeFile(file, atomFeed(records, edition));
  await publish(1);
  const source = new Source(file);
  await source.start();
  let proxy = await Proxy.start(directory, source);
  const restart = async () => {
    await proxy.stop();
    proxy = await Proxy.start(directory, source);
  };
  try {
    let broken = 0;
    for (const [index, step] of STEPS.entries()) {
      write(`${String(index + 1).padStart(4)}. ${step.what}.`);
      await step.act?.({ source, publish, restart });
      const answer = await READERS[step.reader](`${proxy.url}${step.path ?? "/feed.atom"}`);
      const complaints = differences(step, answer, step.edition === "nothing" ? undefined : atomFeed(records, step.edition));
      verdict(step.promise, complaints);
      broken += complaints.length === 0 ? 0 : 1;
    }
    return broken;
  } finally {
    await proxy.stop();
    await source.stop();
  }
}

/** @param {ProxyStep} step @param {Answer} answer @param {Buffer | undefined} expected */
function differences({ says }, { status, cacheStatus, body }, expected) {
  const complaints = [];
  if (status !== (expected === undefined ? "502" : "200")) complaints.push(`the status is ${status}`);
  if (!says.test(cacheStatus)) complaints.push(`Cache-Status should match ${says}`);
  if (expected !== undefined && !body.equals(expected)) complaints.push(`the body should be: ${describeBody(expected)}`);
  return complaints;
}

/** The proxy, a process of its own. */
class Proxy {
  #process;
  /** @type {string} */ url;

  /** @param {import("node:child_process").ChildProcess} process @param {string} url */
  constructor(process, url) {
    this.#process = process;
    this.url = url;
  }

  /** @param {string} directory @param {Source} source */
  static async start(directory, source) {
    // So that each step asks the source: it would stand in for a while without a question.
    const args = ["serve", "--listen", "0", "--fallback-ttl", "1ms", "--timeout", "2s", "--backup", "sqlite:proxy.db", new URL(source.url).origin];
    commandLine(["lastgood", ...args]);
    const started = startLastgood(directory, args);
    if (started.stderr === null) throw new Error("it is started with pipes");
    for await (const line of createInterface({ input: started.stderr })) {
      const [, url] = / at (http:\S+)$/.exec(line) ?? [];
      if (url !== undefined) return new Proxy(started, url);
    }
    throw new Error("the proxy ended before it listened");
  }

  async stop() {
    if (this.#process.exitCode !== null) return;
    this.#process.kill("SIGTERM");
    await once(this.#process, "exit");
  }
}

/** @param {string} url @returns {Promise<Answer>} */
async function readByCurl(url) {
  commandLine(["curl", "-si", url]);
  const curl = spawn("curl", ["-si", url], { stdio: ["ignore", "pipe", "inherit"] });
  const output = await buffer(curl.stdout);
  const end = output.indexOf("\r\n\r\n");
  const head = output.subarray(0, end).toString("latin1");
  const [, status = ""] = /^HTTP\/1\.1 (\d+)/.exec(head) ?? [];
  const [, cacheStatus = ""] = /^cache-status: (.*?)\r?$/im.exec(head) ?? [];
  return shown({ status, cacheStatus, body: output.subarray(end + 4) });
}

/** A page of the same origin, the console, fetches it. @param {string} url @returns {Promise<Answer>} */
async function readByBrowser(url) {
  const browser = await chromium.launch({ executablePath: BROWSER, args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage();
    await page.goto(new URL("/-/lastgood", url).href);
    write(`      $       chromium: fetch(${JSON.stringify(url)})`);
    const answer = await page.evaluate(async (address) => {
      const response = await fetch(address);
      return { status: String(response.status), cacheStatus: response.headers.get("cache-status") ?? "", text: await response.text() };
    }, url);
    return shown({ ...answer, body: Buffer.from(answer.text) });
  } finally {
    await browser.close();
  }
}

const READERS = { curl: readByCurl, browser: readByBrowser };

/** @param {Answer} answer */
function shown(answer) {
  detail("status", `${answer.status}; Cache-Status: ${answer.cacheStatus}`);
  detail("body", describeBody(answer.body));
  return answer;
}
