/** The matrix as a table, for people. */

import { differenceOf } from "./verdict.mjs";

/**
 * @typedef {import("./cells.mjs").Column} Column
 * @typedef {import("./cells.mjs").Difference} Difference
 *
 * @typedef {object} Matrix
 * @property {readonly string[]} titles Of all rows.
 * @property {readonly Column[]} columns
 * @property {readonly Difference[]} differences
 * @property {readonly { name: string, version: string }[]} versions Of all that took part.
 */

/** @param {Matrix} matrix @returns {string} In Markdown, which reads well in a terminal too. */
export function tableOf(matrix) {
  const lines = [
    ["", ...matrix.columns.map(({ runtime }) => runtime)],
    ...matrix.titles.map((title) => [title, ...matrix.columns.map((column) => shownCell(matrix, title, column))]),
  ];
  const widths = (lines[0] ?? []).map((_, index) => Math.max(3, ...lines.map((line) => (line[index] ?? "").length)));
  const [head = "", ...body] = lines.map((line) => `| ${line.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(" | ")} |`);
  return [head, `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...body].join("\n");
}

/** @param {Matrix} matrix @param {string} title @param {Column} column */
function shownCell({ differences }, title, { runtime, cells }) {
  const cell = cells.get(title);
  const difference = differenceOf(differences, runtime, title);
  if (cell === undefined && !difference?.notRun) return "NOT RUN";
  const counted = cell === undefined ? "–" : `${cell.passed}/${cell.total}`;
  if (difference !== undefined) return `${counted} (${differences.indexOf(difference) + 1})`;
  return cell?.passed === cell?.total ? counted : `${counted} FAILED`;
}

/** @param {Matrix} matrix @returns {string[]} What the numbers in brackets mean. */
export function notesOf({ differences, columns }) {
  return differences.flatMap(({ runtime, why }, index) =>
    columns.some((column) => column.runtime === runtime) ? [`(${index + 1}) ${runtime}: ${why}`] : [],
  );
}

/** @param {Matrix} matrix @returns {string} */
export function pageOf(matrix) {
  return `# What works where

Written by \`npm run matrix\`. It runs the tests of this repository against the packages as they would be published: every row on every runtime, on
real servers. A cell shows how many of its tests passed. The command fails if a cell is missing, empty or failing. Where bun or Deno does less than Node,
a number in brackets says why. Such a cell is run as well, unless it shows a dash, and the command fails once it passes.

${tableOf(matrix)}

${notesOf(matrix).join("\n\n")}

## Versions

${matrix.versions.map(({ name, version }) => `- ${name} ${version}`).join("\n")}
`;
}
