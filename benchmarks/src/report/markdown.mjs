/** RESULTS.md, from what the rows have found. */

/**
 * @typedef {import("../rows/row.mjs").Row} Row
 * @typedef {import("../rows/row.mjs").Findings} Findings
 * @typedef {import("../rows/row.mjs").Table} Table
 * @typedef {{ row: Pick<Row, "id" | "title" | "method">, findings: Findings }} Result
 * @typedef {readonly (readonly [what: string, version: string])[]} Versions
 */

/**
 * @param {readonly Result[]} results
 * @param {{ versions: Versions, minutes: number, control: string }} run
 * @returns {string}
 */
export function resultsPage(results, { versions, minutes, control }) {
  const verdicts = results.flatMap(({ findings }) => findings.verdicts);
  const met = verdicts.filter((verdict) => verdict.met).length;
  return `${[
    "# Results",
    "Written by `npm run benchmark`, in one run on one machine. Each contender runs in processes of its own, in turn, round after round. A number \
is the median of the rounds; the lowest and the highest are in brackets. Ratios are taken within each round, so a slow machine does not \
distort them.",
    `${met} of ${verdicts.length} goals met, in ${minutes.toFixed(0)} minutes.`,
    control,
    verdictTable(results),
    ...results.map(section),
    "## Versions",
    markdownTable({ columns: ["", ""], rows: versions }),
  ].join("\n\n")}\n`;
}

/** @param {Result} result @returns {string} What a run of one row prints. */
export function section({ row, findings }) {
  const { tables, charts = [], notes = [], verdicts } = findings;
  const misses = verdicts.filter(({ met }) => !met).map(({ claim, measured, goal, reason = "" }) => `Missed: **${claim}** (${measured}; the goal is ${goal}). ${reason}`.trim());
  return [
    `## ${row.title}`,
    row.method,
    ...charts.map(({ file, alt }) => `![${alt}](results/${file})`),
    ...tables.map(markdownTable),
    ...notes,
    ...misses,
  ].join("\n\n");
}

/** @param {readonly Result[]} results */
export function verdictTable(results) {
  const rows = results.flatMap(({ row, findings }) =>
    findings.verdicts.map(({ claim, goal, measured, met }) => [`\`${row.id}\``, claim, goal, measured, met ? "met" : "**missed**"]),
  );
  return markdownTable({ columns: ["row", "what", "goal", "measured", ""], rows });
}

/** @param {Table} table */
export function markdownTable({ columns, rows }) {
  const lineOf = (/** @type {readonly string[]} */ cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [lineOf(columns), lineOf(columns.map(() => "---")), ...rows.map(lineOf)].join("\n");
}
