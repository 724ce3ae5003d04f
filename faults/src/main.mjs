/**
 * Breaks the product in every way there is, and writes FAULTS.md from what it saw.
 *
 *     npm run faults                      all of it
 *     npm run faults -- redis loader-hangs      an area, one fault
 *     npm run faults -- --quick           those that the test command runs too
 *
 * Ends with an error if something was not survived.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { chosenFaults } from "./catalogue.mjs";
import { missing } from "./needs.mjs";
import { report } from "./report.mjs";
import { runFault } from "./run.mjs";

/**
 * @typedef {import("./run.mjs").Fault} Fault
 * @typedef {import("./run.mjs").Outcome} Outcome
 * @typedef {import("./report.mjs").NotRun} NotRun
 */

const names = process.argv.slice(2).filter((name) => name !== "--quick");
const quick = process.argv.includes("--quick");

/** @type {Outcome[]} */
const outcomes = [];
/** @type {NotRun[]} */
const notRun = [];

for (const fault of chosen()) {
  const why = await whyNot(fault);
  if (why !== undefined) {
    notRun.push({ fault, why });
    console.log(`NOT RUN       ${fault.id}: ${why}`);
    continue;
  }
  const start = performance.now();
  const outcome = await runFault(fault);
  outcomes.push(outcome);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${outcome.survived ? "survived" : "NOT SURVIVED"}  ${fault.id}, ${seconds} s: ${outcome.seen}`);
}

const survived = outcomes.filter((outcome) => outcome.survived).length;
console.log(`\n${survived} of ${outcomes.length} survived, ${notRun.length} not run on this machine`);
if (survived < outcomes.length) process.exitCode = 1;

// Part of the faults must not pass for all of them.
if (names.length === 0 && !quick) {
  const limits = readFileSync(new URL("../LIMITS.md", import.meta.url), "utf8");
  writeFileSync(new URL("../../FAULTS.md", import.meta.url), report(outcomes, notRun, limits));
  console.log("FAULTS.md is written");
}

function chosen() {
  try {
    return chosenFaults(names).filter((fault) => !quick || fault.quick === true);
  } catch (error) {
    console.error(/** @type {Error} */ (error).message);
    process.exit(2);
  }
}

/** @param {Fault} fault */
async function whyNot({ needs = [] }) {
  const lacks = (await Promise.all(needs.map(missing))).filter((why) => why !== undefined);
  return lacks.length === 0 ? undefined : lacks.join("; ");
}
