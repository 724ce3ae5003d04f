/** What the report of a vitest run says, told honestly. */

import { readFileSync } from "node:fs";

/**
 * @typedef {object} Report What is read of vitest's JSON report.
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numPendingTests
 * @property {number} numTodoTests
 * @property {{ name: string, status: string, assertionResults: unknown[] }[]} testResults
 */

/**
 * @param {string} file
 * @returns {Report | undefined} `undefined` if vitest has written none.
 */
export function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

/**
 * @param {Report | undefined} report
 * @param {boolean} exitedWell
 * @returns {{ complaints: string[], totals: string }} Without complaints, every test ran and passed.
 */
export function verdictOn(report, exitedWell) {
  const passed = report?.numPassedTests ?? 0;
  const failed = report?.numFailedTests ?? 0;
  const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
  // A file that cannot be loaded has no tests that could fail.
  const unloaded = (report?.testResults ?? []).filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
  );

  const complaints = [
    ...(report ? [] : ["vitest wrote no report"]),
    ...unloaded.map(({ name }) => `no test of ${name} ran: the file could not be loaded`),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped: a test either holds or goes`] : []),
    ...(passed + failed === 0 ? ["no test ran"] : []),
  ];
  if (!exitedWell && complaints.length === 0) complaints.push("vitest ended with an error of its own");
  return { complaints, totals: `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}` };
}
