/** FAULTS.md, made of what a run has seen. */

/**
 * @typedef {import("./run.mjs").Fault} Fault
 * @typedef {import("./run.mjs").Outcome} Outcome
 * @typedef {{ fault: Fault, why: string }} NotRun
 */

/**
 * @param {readonly Outcome[]} outcomes
 * @param {readonly NotRun[]} notRun
 * @param {string} limits What is not survived, and why: written by people.
 * @returns {string}
 */
export function report(outcomes, notRun, limits) {
  const survived = outcomes.filter((outcome) => outcome.survived);
  const controls = survived.filter(({ fault }) => fault.caught !== undefined).length;
  const areas = Array.from(new Set(outcomes.map(({ fault }) => fault.area)));
  return `# Faults

What lastgood was put through, and what came of it. Every line is from one run of \`npm run faults\`, which breaks the product for
real: servers are killed, disks fill up, bits flip. Who judges is outside the process under test and reads what that wrote
down: see [faults/README.md](faults/README.md).

**${survived.length - controls} of ${outcomes.length - controlsOf(outcomes)} faults survived**, ${controls} of ${controlsOf(outcomes)} controls caught, ${notRun.length} not run on this machine.

Whatever breaks, beside what a line says: no value is torn, of another key or older than one that was answered with before; no error
comes for a key that was answered before, and none that is not the source's own; every \`get\` ends within its deadline; ages stay
true and fallbacks are marked; nothing is unhandled, and who is asked to close ends by itself and leaves nothing behind.
${areas.map((area) => table(area, outcomes)).join("")}
## Not run

${notRun.length === 0 ? "Everything there is was run." : notRun.map(({ fault, why }) => `- \`${fault.id}\`: ${oneLine(why)}`).join("\n")}

${limits.trim()}
`;
}

/** @param {readonly Outcome[]} outcomes */
function controlsOf(outcomes) {
  return outcomes.filter(({ fault }) => fault.caught !== undefined).length;
}

/** @param {string} area @param {readonly Outcome[]} outcomes */
function table(area, outcomes) {
  const rows = outcomes.filter(({ fault }) => fault.area === area).map(row);
  return `
## ${area}

| | how it is injected | what must hold | what was seen | again by |
|---|---|---|---|---|
${rows.join("\n")}
`;
}

/** @param {Outcome} outcome */
function row({ fault: { id, title, injected, holds }, survived, seen }) {
  const cells = [title, injected, holds, survived ? seen : `**NOT SURVIVED**: ${seen}`].map(oneLine);
  return `| ${cells.join(" | ")} | \`npm run faults -- ${id}\` |`;
}

/** @param {string} text */
function oneLine(text) {
  return text.replaceAll(/\s+/g, " ").replaceAll("|", "\\|").trim().slice(0, 600);
}
