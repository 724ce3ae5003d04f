/**
 * An outage, from beginning to end. A server, in a process of its own, serves a feed over real sockets and fails in every way
 * that servers do; the real command line reads it, a new process each time. What each read got is checked byte for byte.
 * Exits with 1 if any of it is not as promised. All of it is in a temporary directory, which is removed.
 *
 *     node examples/outage/outage.mjs
 */

import { rmSync } from "node:fs";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { atomFeed, readRecords } from "./feed.mjs";
import { obstacleToProxy, PROXY_STEPS, proxiedOutage } from "./proxied.mjs";
import { lastgood } from "./reader.mjs";
import { Source } from "./source.mjs";
import { READERS, STEPS } from "./steps.mjs";
import { commandLine, describeBody, detail, verdict, write } from "./transcript.mjs";

/**
 * @typedef {import("./reader.mjs").Outcome} Outcome
 * @typedef {import("./steps.mjs").Reader} Reader
 * @typedef {import("./steps.mjs").Step} Step
 */

const records = await readRecords(fileURLToPath(new URL("../../docs/decisions/", import.meta.url)));

write(`An outage: the feed of this project's ${records.length} decision records is served, and its server fails.

lastgood is node packages/cli/dist/main.js; each line with a $ is a process of its own.
`);
let broken = 0;
for (const reader of READERS) broken += await outage(reader);
write("--- Read: through lastgood serve, by curl and by a browser ---\n");
const obstacle = await obstacleToProxy();
if (obstacle === undefined) broken += await proxiedOutage(await temporaryDirectory(), records);
else write(`This act was not played. ${obstacle}\n`);
const promises = READERS.length * STEPS.length + (obstacle === undefined ? PROXY_STEPS : 0);
write(broken === 0 ? `All ${promises} promises were kept.` : `${broken} promises were broken.`);
process.exitCode = broken === 0 ? 0 : 1;

/**
 * Goes through all steps with one reader.
 * @param {Reader} reader
 * @returns {Promise<number>} How many promises were broken.
 */
async function outage(reader) {
  const directory = await temporaryDirectory();
  const file = join(directory, "feed.atom");
  const source = new Source(file);
  const world = {
    source,
    publish: (/** @type {number} */ edition) => writeFile(file, atomFeed(records, edition)),
    flush: () => rm(join(directory, "cache"), { recursive: true }),
  };
  try {
    await copyFile(new URL("fetcher.mjs", import.meta.url), join(directory, "fetcher.mjs"));
    await world.publish(1);
    await source.start();
    write(`--- Read: ${reader.title} ---\n`);
    let failures = 0;
    for (const [index, step] of STEPS.entries()) {
      write(`${String(index + 1).padStart(4)}. ${step.what}.`);
      await step.act?.(world);
      failures += (await read(directory, reader, step, source)) ? 0 : 1;
    }
    return failures;
  } finally {
    await source.stop();
    await rm(directory, { recursive: true });
  }
}

/**
 * Reads the feed once, shows what came of it, and holds it against the promise.
 * @param {string} directory
 * @param {Reader} reader
 * @param {Step} step
 * @param {Source} source
 * @returns {Promise<boolean>}
 */
async function read(directory, reader, step, source) {
  const complaints = [];
  if (step.expire) {
    const { exitCode } = await run(directory, ["expire", "--backup", reader.backup, "feed"]);
    if (exitCode !== 0) complaints.push(`expire exited with ${exitCode}`);
  }
  const before = await source.requests();
  const outcome = await run(directory, reader.args(step.key ?? "feed", source.url));
  const asked = (await source.requests()) - before;
  detail("stdout", describeBody(outcome.stdout));
  detail("stderr", outcome.stderr);
  detail("exit", `${outcome.exitCode}; requests that reached the server: ${asked}`);
  complaints.push(...differences(reader, step, outcome, asked));
  verdict(step.promise, complaints);
  return complaints.length === 0;
}

/** @param {string} directory @param {readonly string[]} args */
async function run(directory, args) {
  commandLine(["lastgood", ...args]);
  return await lastgood(directory, args);
}

/**
 * What is not as promised.
 * @param {Reader} reader
 * @param {Step} step
 * @param {Outcome} outcome
 * @param {number} asked
 * @returns {string[]}
 */
function differences(reader, step, { stdout, stderr, exitCode }, asked) {
  const complaints = [];
  const expected = step.edition === "nothing" ? Buffer.alloc(0) : atomFeed(records, step.edition);
  if (!stdout.equals(expected)) complaints.push(`stdout should be: ${describeBody(expected)}`);
  const says = reader.says[step.says];
  if (!says.test(stderr)) complaints.push(`stderr should match ${says}`);
  const exit = step.exit === "own" ? reader.exitWhenRefused : 0;
  if (exitCode !== exit) complaints.push(`the exit code should be ${exit}`);
  if (asked !== step.asked) complaints.push(`the server should have seen ${step.asked} requests`);
  return complaints;
}

/** Is removed also when somebody interrupts. */
async function temporaryDirectory() {
  const directory = await mkdtemp(join(tmpdir(), "lastgood-outage-"));
  process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
  process.once("SIGINT", () => process.exit(130));
  process.once("SIGTERM", () => process.exit(143));
  return directory;
}
