/** Node 24, in the version of the matrix, to measure beside the Node of the run. */

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const execute = promisify(execFile);
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PACKAGE = `node-${process.platform}-${process.arch}`;

/** Its program, which the first call installs. @returns {Promise<string>} */
export async function node24() {
  const { runtimes } = JSON.parse(await readFile(join(ROOT, "scripts/matrix/plan.json"), "utf8"));
  const { version } = runtimes.find((/** @type {{ name: string }} */ { name }) => name === "Node 24");
  const folder = join(ROOT, "node_modules/.cache/lastgood-benchmark", version);
  const program = join(folder, "node_modules", PACKAGE, "bin/node");
  if (!existsSync(program)) await install(folder, `${PACKAGE}@${version}`);
  return program;
}

/** @param {string} folder @param {string} specifier */
async function install(folder, specifier) {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "node24", private: true }));
  await execute("npm", ["install", "--no-save", "--no-package-lock", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", specifier], { cwd: folder });
}
