/**
 * Measures lastgood beside other libraries, bare clients and bare protocols:
 *
 *     npm run benchmark                all rows: forty minutes, and the machine to itself; writes RESULTS.md
 *     npm run benchmark -- hit miss    these rows: prints what it finds, and writes nothing
 */

import { mkdir, rm, writeFile } from "node:fs/promises";
import { Control } from "./src/control.mjs";
import { newFolder } from "./src/folder.mjs";
import { resultsPage, section, verdictTable } from "./src/report/markdown.mjs";
import { rows } from "./src/rows/index.mjs";
import { Servers } from "./src/servers.mjs";
import { versions } from "./src/versions.mjs";

const chosen = process.argv.slice(2);
const unknown = chosen.filter((id) => !rows.some((row) => row.id === id));
if (unknown.length > 0) {
  console.error(`There is no row ${unknown.join(", ")}. The rows are: ${rows.map((row) => row.id).join(", ")}.`);
  process.exit(2);
}

const folder = await newFolder();
process.env["TMPDIR"] = folder; // of all that this run starts
const servers = new Servers();
const control = new Control();
/** A whole run asks how noisy the machine is before, during and after. */
const isWhole = chosen.length === 0;
const ROWS_PER_CONTROL = 8;
const began = performance.now();
try {
  const results = [];
  for (const [index, row] of rows.entries()) {
    if (!isWhole && !chosen.includes(row.id)) continue;
    if (isWhole && index % ROWS_PER_CONTROL === 0) await control.measure();
    const start = performance.now();
    const result = { row, findings: await row.run(servers).catch((error) => failed(row.title, error)) };
    results.push(result);
    console.log(`\n${section(result)}\n\n(${row.id} took ${((performance.now() - start) / 1_000).toFixed(0)} s)`);
  }
  console.log(`\n${verdictTable(results)}`);
  if (isWhole) await write(results);
} finally {
  await servers.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

/**
 * One row that breaks does not take the others along; it has not met its goal.
 * @param {string} title @param {Error} error
 */
function failed(title, error) {
  process.exitCode = 1;
  console.error(error);
  const [why = ""] = error.message.split("\n");
  return { verdicts: [{ claim: title, goal: "a figure", measured: "none", met: false, reason: `The row failed: ${why}` }], tables: [] };
}

/** @param {Parameters<typeof resultsPage>[0]} results */
async function write(results) {
  await control.measure();
  console.log(`\n${control.verdict}`);
  if (!control.isQuiet) {
    process.exitCode = 1;
    console.error("The machine was too noisy: benchmarks/RESULTS.md is left as it was. Run it again with the machine to itself.");
    return;
  }
  const minutes = (performance.now() - began) / 60_000;
  const plots = new URL("results/", import.meta.url);
  await mkdir(plots, { recursive: true });
  for (const { svg, file } of results.flatMap(({ findings }) => findings.charts ?? [])) await writeFile(new URL(file, plots), svg);
  await writeFile(new URL("RESULTS.md", import.meta.url), resultsPage(results, { versions: versions(), minutes, control: control.verdict }));
  console.log(`\nbenchmarks/RESULTS.md is written. The run took ${minutes.toFixed(1)} minutes.`);
}
