import { Context } from "./context.mjs";
import { gets, violations } from "./oracle.mjs";

/**
 * @typedef {import("./oracle.mjs").Note} Note
 * @typedef {import("./oracle.mjs").Violation} Violation
 *
 * @typedef {object} Fault
 * @property {string} id Such as "redis-killed": what it is asked for by.
 * @property {string} area
 * @property {string} title
 * @property {string} injected How it is injected.
 * @property {string} holds What must hold, beside all that the oracle looks at.
 * @property {boolean} [quick] Takes a few seconds and no root: it is run by the test command too.
 * @property {readonly string[]} [needs] What a machine must have: a service, a tool of tools.json, or "root".
 * @property {Violation["kind"]} [caught] It is a control, made to be caught: the oracle has to find this, or is broken.
 * @property {readonly Violation["kind"][]} [allows] What it cannot but bring about, as `holds` says: no promise is made there.
 * @property {number} [patienceMs] How long it may take.
 * @property {(context: Context) => Promise<string>} run Says what was seen. Throws if something does not hold.
 *
 * @typedef {{ fault: Fault, survived: boolean, seen: string }} Outcome
 */

const PATIENCE_MS = 300_000;

/** @param {Fault} fault @returns {Promise<Outcome>} */
export async function runFault(fault) {
  const context = new Context();
  try {
    const seen = await inTime(fault, context);
    return { fault, survived: true, seen: `${seen}${judged(fault, context.log)}` };
  } catch (error) {
    return { fault, survived: false, seen: error instanceof Error ? error.message : String(error) };
  } finally {
    await context.tearDown();
  }
}

/** @param {Fault} fault @param {Context} context */
async function inTime({ run, patienceMs = PATIENCE_MS }, context) {
  /** @type {NodeJS.Timeout | undefined} */
  let late;
  const tooLate = new Promise((_, reject) => {
    late = setTimeout(() => reject(new Error(`it was not over within ${patienceMs} ms`)), patienceMs);
  });
  try {
    return await Promise.race([run(context).then(async (seen) => (await context.finish(), seen)), tooLate]);
  } finally {
    clearTimeout(late);
  }
}

/** @param {Fault} fault @param {readonly Note[]} log @returns {string} What the oracle has to say. */
function judged({ caught, allows = [] }, log) {
  const found = violations(log);
  const count = gets(log).length;
  if (caught === undefined) {
    const broken = found.filter(({ kind }) => !allows.includes(kind));
    if (broken.length > 0) throw new Error(list(broken));
    return count === 0 ? "" : `; ${count} gets, none against a promise`;
  }
  const hits = found.filter(({ kind }) => kind === caught);
  if (hits.length === 0) throw new Error(`nothing was found to be "${caught}" in ${count} gets: a harness that passes this is broken`);
  return `; caught: ${hits.length} of ${count} gets "${caught}"`;
}

/** @param {readonly Violation[]} found */
function list(found) {
  const shown = found.slice(0, 10).map(({ kind, what }) => `${kind}: ${what}`);
  return `${found.length} against a promise:\n  ${shown.join("\n  ")}`;
}
