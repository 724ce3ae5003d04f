/** Whether a matrix may be called whole. */

/**
 * @typedef {import("./cells.mjs").Cell} Cell
 * @typedef {import("./cells.mjs").Column} Column
 * @typedef {import("./cells.mjs").Difference} Difference
 */

/**
 * @param {readonly string[]} titles Of all rows.
 * @param {readonly Column[]} columns
 * @param {readonly Difference[]} differences
 * @returns {string[]} Complaints. Without any, every cell was run, and each does what the plan says of it.
 */
export function complaintsOf(titles, columns, differences) {
  const most = new Map(titles.map((title) => [title, Math.max(0, ...columns.map(({ cells }) => cells.get(title)?.total ?? 0))]));
  return columns.flatMap((column) => [
    ...titles.flatMap((title) => {
      const difference = differenceOf(differences, column.runtime, title);
      const complaint = complaintOf(column.cells.get(title), most.get(title) ?? 0, difference);
      return complaint === undefined ? [] : [`${title}, on ${column.runtime}: ${complaint}`];
    }),
    ...column.strays.map((stray) => `on ${column.runtime} there is a test that no row counts: ${stray}`),
  ]);
}

/**
 * @param {readonly Difference[]} differences
 * @param {string} runtime
 * @param {string} title
 * @returns {Difference | undefined}
 */
export function differenceOf(differences, runtime, title) {
  return differences.find((difference) => difference.runtime === runtime && difference.rows.some((row) => title.startsWith(row)));
}

/**
 * @param {Cell | undefined} cell
 * @param {number} most How many tests the row has where it has the most.
 * @param {Difference | undefined} difference What the plan says does not work here.
 */
function complaintOf(cell, most, difference) {
  const isRun = cell !== undefined && cell.total > 0;
  if (difference?.notRun) return isRun ? `is run, although the plan says "${difference.why}": take that out` : undefined;
  if (!isRun) return "no test ran";
  const { passed, total, failures } = cell;
  if (difference !== undefined) return complaintOfDifference(failures, difference);
  if (passed < total) return [`${total - passed} of ${total} tests did not pass`, ...failures].join("\n    ");
  return total < most ? `only ${total} of ${most} tests ran` : undefined;
}

/**
 * @param {readonly string[]} failures
 * @param {Difference} difference
 */
function complaintOfDifference(failures, { why, failing = failures.length }) {
  if (failures.length === 0) return `works, although the plan says "${why}": take that out`;
  if (failures.length === failing) return undefined;
  return [`${failures.length} tests did not pass, and by the plan it is ${failing}`, ...failures].join("\n    ");
}
