/**
 * Makes a fresh clone ready: installs what the workspace depends on, makes SQLite ready, builds every package.
 * Asks for Node and npm alone. Run again, it does only what has changed.
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { installationIsCurrent, rememberInstallation } from "./lib/installation.mjs";
import { compilerCommand, missingTools, nodeHeaders, supportsNode } from "./lib/machine.mjs";
import { packageManager, pnpm, root, run, stopwatch } from "./lib/run.mjs";

/** @type {NodeJS.ProcessEnv} */
const env = {
  ...process.env,
  TURBO_TELEMETRY_DISABLED: "1",
  DO_NOT_TRACK: "1",
  // node-gyp compiles on every core.
  JOBS: process.env["JOBS"] ?? "max",
  // The headers that came with this Node spare node-gyp a download.
  ...(nodeHeaders() === undefined ? {} : { npm_config_nodedir: nodeHeaders() }),
};

/**
 * @param {string} title
 * @param {() => Promise<string>} work Answers with what there is to say about it.
 */
async function step(title, work) {
  const elapsed = stopwatch();
  const said = await work();
  console.log(`setup  ${title}: ${said}, ${elapsed()}`);
}

/**
 * @param {string} what
 * @param {readonly string[]} command
 */
async function mustRun(what, command) {
  const { ok, output } = await run(command, { env });
  if (!ok) fail(`${what} failed: ${command.join(" ")}\n\n${output}${adviceOn(output)}`);
}

/** @param {string} output What pnpm said. */
function adviceOn(output) {
  if (output.includes("ERR_PNPM_OUTDATED_LOCKFILE")) {
    return `A package.json has changed. This brings the lock file up to date:\n\n  npx ${packageManager} install\n`;
  }
  if (output.includes("ERR_PNPM_IGNORED_BUILDS")) {
    return "Say in pnpm-workspace.yaml, under allowBuilds, whether the script of that dependency may run.\n";
  }
  return "";
}

/** What people can read and do something about. */
class SetupError extends Error {}

/** @param {string} why @returns {never} */
function fail(why) {
  throw new SetupError(why);
}

async function installDependencies() {
  if (installationIsCurrent(root)) return "unchanged";
  // Install scripts are left to prepareSqlite: pnpm does not repeat one that has failed.
  await mustRun("Installing the dependencies", pnpm("install", "--frozen-lockfile", "--ignore-scripts"));
  return "installed";
}

/** better-sqlite3 downloads a build where it can. Where it cannot it compiles one, which needs a compiler. */
async function prepareSqlite() {
  if (await sqliteLoads()) return "works";
  const rebuild = pnpm("rebuild", "better-sqlite3");
  const first = await run(rebuild, { env });
  if (first.ok && (await sqliteLoads())) return "built";
  await installCompiler(first.output);
  await mustRun("Building better-sqlite3", rebuild);
  if (!(await sqliteLoads())) fail("better-sqlite3 was built, and still does not load in this Node.");
  return "built, once a compiler was installed";
}

async function sqliteLoads() {
  const probe = 'new (require("better-sqlite3"))(":memory:").close()';
  const { ok } = await run([process.execPath, "-e", probe], { cwd: join(root, "packages/backup-sqlite"), env });
  return ok;
}

/** @param {string} output What was said by the build that failed. */
async function installCompiler(output) {
  const missing = missingTools();
  if (missing.length === 0) fail(`Building better-sqlite3 failed:\n\n${output}`);
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || !existsSync("/usr/bin/apt-get")) {
    fail(`better-sqlite3 has no ready build for this machine, which lacks ${missing.join(", ")} to compile one.
       On Debian and Ubuntu, this installs what is needed:

         sudo sh -c "${compilerCommand}"

       Then run the same command again.`);
  }
  await mustRun(`Installing ${missing.join(", ")}`, ["sh", "-c", compilerCommand]);
}

async function build() {
  // Through pnpm, because turbo looks for a pnpm on the PATH, and npx puts one there.
  await mustRun("The build", pnpm("exec", "turbo", "run", "build", "--output-logs=errors-only"));
  return "done";
}

async function prepare() {
  if (!supportsNode(process.versions.node)) {
    fail(`Node ${process.versions.node} is too old. Install Node 20.19 or newer, and run the same command again.`);
  }
  await step("dependencies", installDependencies);
  // SQLite is one file, which keeps one core busy. Neither is left running when the other fails.
  const both = await Promise.allSettled([step("SQLite", prepareSqlite).then(() => rememberInstallation(root)), step("build", build)]);
  for (const one of both) if (one.status === "rejected") throw one.reason;
}

try {
  await prepare();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`setup  ${error.message}`);
  process.exitCode = 1;
}
