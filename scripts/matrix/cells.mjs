/** What the report of one runtime says about each row, told honestly. */

/**
 * @typedef {object} Row
 * @property {string} title
 * @property {string} file A test file, or a folder of them with a `/` at its end.
 * @property {string} [under] The describe blocks around its tests; the parts between `|` are taken together.
 * @property {readonly string[]} [writers] One row for each of these runtimes; `*` in `title` and `under` is its name.
 *
 * @typedef {object} Difference Where a runtime does not do all that Node does. It is run all the same.
 * @property {string} runtime
 * @property {readonly string[]} rows Beginnings of titles.
 * @property {string} why
 * @property {boolean} [notRun] Whether there is nothing that could be run.
 * @property {number} [failing] How many tests of each of these rows fail, where it is not for the plan to leave that open.
 *
 * @typedef {object} Test What is read of a test in vitest's JSON report.
 * @property {readonly string[]} ancestorTitles
 * @property {string} title
 * @property {string} status
 *
 * @typedef {object} Report What is read of vitest's JSON report.
 * @property {readonly { name: string, message?: string, assertionResults: readonly Test[] }[]} testResults
 *
 * @typedef {object} Cell
 * @property {number} passed
 * @property {number} total
 * @property {readonly string[]} failures The names of the tests that did not pass, and of the files that could not be loaded.
 *
 * @typedef {object} Column
 * @property {string} runtime
 * @property {ReadonlyMap<string, Cell>} cells By the titles of their rows.
 * @property {readonly string[]} strays Tests that ran and belong to no row.
 */

/**
 * @param {readonly Row[]} rows
 * @param {readonly string[]} runtimes Those that take part.
 * @returns {Row[]} With one row for each writer that takes part.
 */
export function expanded(rows, runtimes) {
  return rows.flatMap(({ writers, ...row }) =>
    writers === undefined ? [row] : writers.filter((name) => runtimes.includes(name)).map((name) => writtenBy(row, name)),
  );
}

/** @param {Row} row @param {string} writer @returns {Row} */
function writtenBy({ title, file, under = "" }, writer) {
  return { title: title.replace("*", writer), file, under: under.replace("*", writer) };
}

/**
 * @param {string} runtime
 * @param {Report | undefined} report Nothing, if vitest wrote none.
 * @param {string} folder What the names of the report's files begin with.
 * @param {readonly Row[]} rows
 * @returns {Column}
 */
export function columnOf(runtime, report, folder, rows) {
  /** @type {Map<string, { passed: number, total: number, failures: string[] }>} */
  const cells = new Map();
  /** @type {string[]} */
  const strays = [];
  for (const { file, blocks, name, passed } of resultsOf(report, folder)) {
    const its = rows.filter((row) => isOf(row, file, blocks));
    if (its.length === 0) strays.push(`${file}: ${name}`);
    for (const { title } of blocks === undefined ? its : its.slice(0, 1)) count(cells, title, name, passed);
  }
  return { runtime, cells, strays };
}

/**
 * A file that could not be loaded has no tests that could fail: it is one failure of every row that it should have filled.
 * @param {Report | undefined} report
 * @param {string} folder
 */
function resultsOf(report, folder) {
  return (report?.testResults ?? []).flatMap(({ name, message = "", assertionResults: tests }) => {
    const file = name.slice(folder.length + 1);
    return tests.length === 0 ? [unloaded(file, message)] : tests.map((test) => resultOf(file, test));
  });
}

/** @typedef {{ file: string, blocks: string | undefined, name: string, passed: boolean }} Result */

/** @param {string} file @param {Test} test @returns {Result} */
function resultOf(file, { ancestorTitles, title, status }) {
  // vitest puts quotes around what it fills in.
  const blocks = ancestorTitles.map((each) => each.replace(/^'(.*)'$/, "$1")).join(" > ");
  return { file, blocks, name: blocks === "" ? title : `${blocks} > ${title}`, passed: status === "passed" };
}

/** @param {string} file @param {string} message @returns {Result} */
function unloaded(file, message) {
  return { file, blocks: undefined, name: `the file could not be loaded: ${firstLine(message)}`, passed: false };
}

/** @param {Row} row @param {string} file @param {string | undefined} blocks Unknown, of a file that could not be loaded. */
function isOf(row, file, blocks) {
  const isItsFile = row.file.endsWith("/") ? file.startsWith(row.file) : file === row.file;
  return isItsFile && (blocks === undefined || (row.under ?? "").split("|").some((under) => blocks.startsWith(under)));
}

/**
 * @param {Map<string, { passed: number, total: number, failures: string[] }>} cells
 * @param {string} title
 * @param {string} test
 * @param {boolean} passed
 */
function count(cells, title, test, passed) {
  const cell = cells.get(title) ?? { passed: 0, total: 0, failures: [] };
  cells.set(title, cell);
  cell.total += 1;
  if (passed) cell.passed += 1;
  else cell.failures.push(test);
}

/** @param {string} text */
function firstLine(text) {
  return text.trim().split("\n", 1)[0] ?? "";
}
