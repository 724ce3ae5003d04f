/**
 * Everything that has to hold: the checks, two at once, then the tests. Names of steps as arguments run those alone:
 * `node scripts/test.mjs types lint`.
 */

import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, run, stopwatch } from "./lib/run.mjs";
import { readReport, verdictOn } from "./lib/vitest-report.mjs";

// In a log, colours are noise.
const env = process.stdout.isTTY ? process.env : { ...process.env, NO_COLOR: "1" };

/** @param {string} name @param {readonly string[]} args */
function local(name, ...args) {
  return [join(root, "node_modules/.bin", name), ...args];
}

/** @type {Record<string, readonly string[]>} */
const checks = {
  // The longest first.
  packed: [process.execPath, "scripts/check-packed.mjs"],
  types: local("tsc", "-p", "tsconfig.test.json"),
  lint: local("oxlint", "--deny-warnings", "--format=unix"),
  unused: local("knip", "--no-config-hints"),
  packages: [process.execPath, "scripts/check-packages.mjs"],
  // No check, but the ground for the tests: real servers, which are installed where they are missing.
  services: [process.execPath, "scripts/test-services.mjs"],
};

const names = [...Object.keys(checks), "tests"];
const chosen = process.argv.length > 2 ? process.argv.slice(2) : names;
const unknown = chosen.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`There is no step named ${unknown.join(", ")}. The steps are: ${names.join(", ")}.`);
  process.exit(2);
}

/** @type {string[]} */
const failed = [];

/** @param {string} name @param {readonly string[]} command */
async function check(name, command) {
  const elapsed = stopwatch();
  const { ok, output } = await run(command, { env });
  if (!ok) failed.push(name);
  const said = ok ? (output.trim().split("\n").at(-1) ?? "") : `failed: ${command.join(" ")}\n\n${output}`;
  console.log(`${name.padEnd(8)}  ${ok ? "ok" : "FAILED"}, ${elapsed()}${said === "" ? "" : `  ${said}`}`);
}

const AT_ONCE = 2;
const waiting = Object.entries(checks).filter(([name]) => chosen.includes(name));

async function checkOneAfterTheOther() {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await check(...next);
}

await Promise.all(Array.from({ length: AT_ONCE }, checkOneAfterTheOther));

if (chosen.includes("tests")) {
  const report = join(tmpdir(), `lastgood-tests-${process.pid}.json`);
  const { ok } = await run(
    local("vitest", "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`),
    { env, live: true },
  );
  const { complaints, totals } = verdictOn(readReport(report), ok);
  await rm(report, { force: true });
  for (const complaint of complaints) console.error(`tests     FAILED  ${complaint}`);
  if (complaints.length > 0) failed.push("tests");
  if (failed.length > 0) console.error(`\nFAILED: ${failed.join(", ")}\n`);
  console.log(totals);
}

if (failed.length > 0) process.exitCode = 1;
