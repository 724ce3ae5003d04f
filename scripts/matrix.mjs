/**
 * Runs the tests on every version of Node, on bun and on Deno, against the packages as they would be published, and prints
 * what works where. Parts of names narrow it: `npm run matrix -- 22 24`. The whole matrix goes to docs/MATRIX.md.
 */

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hosts, testIn } from "./hosts/hosts.mjs";
import { must, packInto } from "./lib/packing.mjs";
import { root, run, stopwatch } from "./lib/run.mjs";
import { columnOf, expanded } from "./matrix/cells.mjs";
import { layOut } from "./matrix/layout.mjs";
import { notesOf, pageOf, tableOf } from "./matrix/page.mjs";
import { installRuntime } from "./matrix/runtimes.mjs";
import { complaintsOf } from "./matrix/verdict.mjs";

/**
 * @typedef {import("./matrix/cells.mjs").Column} Column
 * @typedef {import("./matrix/runtimes.mjs").Installed} Installed
 * @typedef {import("./matrix/runtimes.mjs").Runtime} Runtime
 *
 * @typedef {object} Plan
 * @property {readonly Runtime[]} runtimes
 * @property {readonly { name: string, command: readonly string[] }[]} servers
 * @property {readonly import("./matrix/cells.mjs").Row[]} rows
 * @property {readonly import("./matrix/cells.mjs").Difference[]} differences
 */

/** @type {Plan} */
const plan = JSON.parse(await readFile(join(root, "scripts/matrix/plan.json"), "utf8"));
const wanted = process.argv.slice(2);
const chosen = plan.runtimes.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.toLowerCase().includes(part.toLowerCase())));
const names = chosen.map(({ name }) => name);
const rows = expanded(plan.rows, names);
/** Each spends much of its time waiting for servers and processes. */
const AT_ONCE = 2;
const place = await mkdtemp(join(tmpdir(), "lastgood-matrix-"));

/**
 * @template T
 * @param {string} title
 * @param {() => Promise<T>} work
 */
async function step(title, work) {
  const elapsed = stopwatch();
  const result = await work();
  console.log(`matrix  ${title}, ${elapsed()}`);
  return result;
}

/**
 * @template T, R
 * @param {number} many
 * @param {readonly T[]} all
 * @param {(item: T) => Promise<R>} work Done for so many at a time.
 * @returns {Promise<R[]>} In the order of all.
 */
async function atOnce(many, all, work) {
  /** @type {R[]} */
  const results = [];
  const left = [...all.entries()];
  const worker = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) results[next[0]] = await work(next[1]);
  };
  await Promise.all(Array.from({ length: many }, worker));
  return results;
}

/** @param {Installed} installed */
async function writeRecords({ runtime, folder, program, env }) {
  const command = [...program, "integration/records/write.mjs", join(place, "records", runtime.name)];
  await must(`${runtime.name} could not write records`, command, { cwd: folder, env });
}

/** @param {Installed} installed @returns {Promise<Column>} */
async function runTests({ runtime, folder, program, env }) {
  const report = join(place, `${runtime.kind}-${runtime.version}.json`);
  const files = [...new Set(rows.map(({ file }) => file))].filter((file) => !file.startsWith("hosts/"));
  const vitest = ["node_modules/vitest/vitest.mjs", "run", ...files, "--root", folder, "--config", join(root, "scripts/matrix/vitest.config.mjs")];
  const records = { MATRIX_RECORDS: join(place, "records"), MATRIX_WRITERS: names.join(",") };
  const command = [...program, ...vitest, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const { output } = await run(command, { cwd: folder, env: { ...env, ...records } });
  const read = await readFile(report, "utf8").then(JSON.parse, () => undefined);
  const inHosts = await testInHosts(runtime, folder, program, env);
  await writeFile(join(folder, "output.txt"), [output, ...inHosts.map(({ message }) => message)].join("\n"));
  return columnOf(runtime.name, { testResults: [...(read?.testResults ?? []), ...inHosts] }, folder, rows);
}

/**
 * Jest, Vitest's pools and `--experimental-vm-modules` are for Node.
 * @param {Runtime} runtime
 * @param {string} folder
 * @param {readonly string[]} program
 * @param {NodeJS.ProcessEnv} env
 */
async function testInHosts(runtime, folder, program, env) {
  const results = [];
  for (const host of runtime.kind === "node" ? hosts : []) {
    const result = await testIn(host, join(place, "hosts", runtime.version), join(folder, "node_modules"), { program, env });
    results.push({ ...result, name: join(folder, result.name) });
  }
  return results;
}

async function versions() {
  const servers = plan.servers.map(async ({ name, command }) => {
    const [version = "unknown"] = /\d+\.\d+\.\d+/.exec(await must(`${name} does not say its version`, command)) ?? [];
    return { name, version };
  });
  return [...chosen.map(({ kind, version }) => ({ name: kind, version })), ...(await Promise.all(servers))];
}

try {
  if (chosen.length === 0) throw new Error(`there is no runtime named ${wanted.join(" or ")}: there are ${plan.runtimes.map(({ name }) => name).join(", ")}`);
  await step("servers", () => must("The servers could not be installed", [process.execPath, "scripts/test-services.mjs"]));
  const tarballs = await step("packages packed", () => packInto(place));
  /** @type {Installed[]} */
  const installed = [];
  for (const runtime of chosen) installed.push(await step(`${runtime.name} installed`, () => installRuntime(runtime)));
  for (const { folder } of installed) await layOut(folder, tarballs);
  await step("records written", async () => {
    for (const each of installed) await writeRecords(each);
  });
  const columns = await atOnce(AT_ONCE, installed, (each) => step(`${each.runtime.name} tested`, () => runTests(each)));

  const matrix = { titles: rows.map(({ title }) => title), columns, differences: plan.differences, versions: await versions() };
  console.log(["", tableOf(matrix), "", ...notesOf(matrix), ""].join("\n"));
  const complaints = complaintsOf(matrix.titles, columns, plan.differences);
  for (const complaint of complaints) console.error(`matrix  ${complaint}`);
  if (complaints.length > 0) throw new Error(`${complaints.length} cells are not as they should be; each runtime's output.txt says more`);
  if (chosen.length === plan.runtimes.length) await writeFile(join(root, "docs/MATRIX.md"), pageOf(matrix));
} catch (error) {
  console.error(`matrix  ${/** @type {Error} */ (error).message}`);
  process.exitCode = 1;
} finally {
  await rm(place, { recursive: true, force: true });
}
