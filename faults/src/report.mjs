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

The faults that lastgood was put through, and what happened under each. Every line comes from one run of \`npm run faults\`, which breaks things for
real: it kills servers, fills disks, flips bits. A judge outside the process under test reads what that process wrote down: see
[faults/README.md](faults/README.md).

**${survived.length - controls} of ${outcomes.length - controlsOf(outcomes)} faults survived**, ${controls} of ${controlsOf(outcomes)} controls caught, ${notRun.length} not run on this machine.

Under every fault, besides what its line says: no value is torn, belongs to another key, or is older than one already answered. A key that was answered
before gets no error, and no error is anything but the source's own. Every \`get\` ends within its deadline. Ages are true and fallbacks are marked.
Nothing is unhandled. A process that is asked to close ends by itself and leaves nothing behind. In the area fleet, the line of each fault says for how long
an answer may be older than what any process has acknowledged.
${areas.map((area) => table(area, outcomes)).join("")}
## Not run

${notRun.length === 0 ? "Every fault was run." : notRun.map(({ fault, why }) => `- \`${fault.id}\`: ${oneLine(why)}`).join("\n")}

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
