/** The hosts in which an app with lastgood is tested: test runners that give tests a realm of their own, and a bare context of node:vm. */

import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root, run } from "../lib/run.mjs";

/**
 * @typedef {object} Host
 * @property {string} id
 * @property {string} title
 * @property {"module" | "commonjs"} type What the app's own package.json says.
 * @property {(folder: string, report: string) => readonly string[]} command Its arguments for Node.
 *
 * @typedef {import("../matrix/cells.mjs").Report["testResults"][number]} TestResult
 */

const require = createRequire(import.meta.url);
const jest = require.resolve("jest/bin/jest");
const vitest = join(root, "node_modules/vitest/vitest.mjs");
const VM = ["--experimental-vm-modules", "--no-warnings"];

const common = {
  testMatch: ["<rootDir>/*.test.js"],
  testTimeout: 60_000,
  // The folder may be within a node_modules.
  testPathIgnorePatterns: [],
  haste: { retainAllFiles: true },
};
/** Everything becomes CommonJS, lastgood as well: what people do whose app is CommonJS. */
const toCommonJs = {
  transform: { "\\.m?js$": [require.resolve("babel-jest"), { babelrc: false, configFile: false, plugins: [require.resolve("@babel/plugin-transform-modules-commonjs")] }] },
  transformIgnorePatterns: [],
};

/** @param {object} config @param {string} report */
function jestArguments(config, report) {
  return [jest, "--runInBand", "--no-cache", "--json", `--outputFile=${report}`, `--config=${JSON.stringify({ ...common, ...config })}`];
}

/** @param {string} pool @returns {Host} */
function vitestIn(pool) {
  const command = (/** @type {string} */ folder, /** @type {string} */ report) => {
    const options = [`--root=${folder}`, `--config=${join(folder, "vitest.config.js")}`, `--pool=${pool}`, "--globals", "--testTimeout=60000"];
    return [vitest, "run", ...options, "--reporter=json", `--outputFile=${report}`];
  };
  return { id: `vitest-${pool}`, title: `Vitest, ${pool}`, type: "module", command };
}

/** @type {readonly Host[]} */
export const hosts = [
  { id: "jest-esm", title: "Jest 30, ES modules", type: "module", command: (_, report) => [...VM, ...jestArguments({ transform: {} }, report)] },
  { id: "jest-commonjs", title: "Jest 30, transformed to CommonJS", type: "commonjs", command: (_, report) => jestArguments(toCommonJs, report) },
  ...["forks", "threads", "vmForks", "vmThreads"].map(vitestIn),
  {
    id: "node-vm",
    title: "a context of node:vm",
    type: "module",
    command: (folder, report) => [...VM, fileURLToPath(new URL("vm-context.mjs", import.meta.url)), join(folder, "app.test.js"), report],
  },
];

/** @param {string} folder @param {Host["type"]} type */
async function layOutApp(folder, type) {
  await cp(fileURLToPath(new URL("app/", import.meta.url)), folder, { recursive: true });
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "app", private: true, type }));
}

/**
 * @param {Host} host
 * @param {string} place An empty folder.
 * @param {string} modules The node_modules that has lastgood.
 * @param {{ program?: readonly string[], env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<TestResult>} What Jest and Vitest say of a test file; without tests, if the host did not come that far.
 */
export async function testIn({ id, type, command }, place, modules, { program = [process.execPath], env = process.env } = {}) {
  const folder = join(place, id);
  const report = join(place, `${id}.json`);
  await mkdir(folder, { recursive: true });
  await layOutApp(folder, type);
  // What runs without a test runner, and has nobody to transform it.
  await layOutApp(join(folder, "plain"), "module");
  await writeFile(join(folder, "vitest.config.js"), `export default { test: { include: ["*.test.js"], exclude: [] } };\n`);
  await symlink(modules, join(folder, "node_modules"));
  const { output } = await run([...program, ...command(folder, report)], { cwd: folder, env });
  const read = await readFile(report, "utf8").then(JSON.parse, () => undefined);
  return { name: `hosts/${id}`, message: output, assertionResults: read?.testResults[0]?.assertionResults ?? [] };
}
