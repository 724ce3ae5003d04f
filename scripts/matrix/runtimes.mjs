/** The versions of Node, bun and Deno: packages of npm, each installed in a folder of its own with the libraries that lastgood needs. */

import { existsSync, readFileSync } from "node:fs";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { must } from "../lib/packing.mjs";
import { root } from "../lib/run.mjs";
import { memberFolders, readManifest } from "../lib/workspace.mjs";

/**
 * @typedef {object} Runtime
 * @property {string} name Such as "Node 22".
 * @property {"node" | "bun" | "deno"} kind
 * @property {string} version
 *
 * @typedef {object} Installed
 * @property {Runtime} runtime
 * @property {string} folder Laid out as the repository is.
 * @property {readonly string[]} program The command that runs a script of JavaScript.
 * @property {NodeJS.ProcessEnv} env
 */

const NPM = ["npm", "install", "--no-save", "--prefer-offline", "--no-audit", "--no-fund", "--no-package-lock", "--legacy-peer-deps"];

/** Where everything is kept that need not be fetched and compiled again. */
const cache = join(root, "node_modules/.cache/lastgood-matrix");

/** @param {Runtime} runtime @returns {Promise<Installed>} */
export async function installRuntime(runtime) {
  const folder = join(cache, `${runtime.kind}-${runtime.version}`);
  const program = join(folder, programOf(runtime));
  const libraries = installedLibraries();
  const manifest = JSON.stringify({ name: "matrix", private: true, type: "module", dependencies: libraries }, null, 2);
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, MATRIX_RUNTIME: `${runtime.kind} ${runtime.version}`, NO_COLOR: "1" };
  // Whatever is started as `node` is this one: npm, node-gyp, the processes of tests.
  if (runtime.kind === "node") env["PATH"] = `${dirname(program)}${delimiter}${env["PATH"]}`;

  const stamp = join(folder, "installed.json");
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== manifest) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "package.json"), manifest);
    await install(runtime, folder, env);
    await writeFile(stamp, manifest);
  }
  return { runtime, folder, program: commandOf(runtime, program), env };
}

/**
 * @param {Runtime} runtime
 * @param {string} folder
 * @param {NodeJS.ProcessEnv} env
 */
async function install(runtime, folder, env) {
  const name = packageOf(runtime);
  // A package for another kind of machine installs, and does not run: npm says so here.
  await must(`${runtime.name} could not be installed`, [...NPM, "--ignore-scripts", `${name}@${runtime.version}`], { cwd: folder });
  if (runtime.kind === "node") {
    // better-sqlite3 downloads a build where it can. Where it cannot it is compiled, with the headers that came with this Node.
    const gyp = { npm_config_nodedir: join(folder, "node_modules", name), JOBS: process.env["JOBS"] ?? "max" };
    await must(`better-sqlite3 could not be built for ${runtime.name}`, ["npm", "rebuild", "better-sqlite3"], { cwd: folder, env: { ...env, ...gyp } });
  }
  for (const tool of ["vitest", "fast-check"]) await symlink(join(root, "node_modules", tool), join(folder, "node_modules", tool));
  await mkdir(join(folder, "node_modules/@lastgood"), { recursive: true });
}

/** @returns {Record<string, string>} What the packages depend on, in the versions that the workspace has. */
function installedLibraries() {
  const members = memberFolders(root).filter((folder) => folder.startsWith("packages/"));
  const names = members.flatMap((folder) => {
    const { dependencies, devDependencies } = readManifest(root, folder);
    const wanted = Object.entries({ ...dependencies, ...devDependencies }).filter(([name]) => !/^@?lastgood\b|^@types\//.test(name));
    return wanted.map(([name, range]) => {
      const { version } = JSON.parse(readFileSync(join(packageFolder(folder, name), "package.json"), "utf8"));
      return [name, range.startsWith("npm:") ? range : version];
    });
  });
  return Object.fromEntries(names);
}

/** @param {string} member A folder of the workspace. @param {string} name */
function packageFolder(member, name) {
  return join(root, member, "node_modules", name);
}

/** @param {Runtime} runtime @returns {string} The package that has the program for this machine. */
function packageOf({ kind }) {
  const { platform, arch } = process;
  if (kind === "node") return `node-${platform}-${arch}`;
  if (kind === "bun") return `@oven/bun-${platform}-${arch === "arm64" ? "aarch64" : arch}`;
  return `@deno/${platform}-${arch}${platform === "linux" ? "-glibc" : ""}`;
}

/** @param {Runtime} runtime */
function programOf(runtime) {
  return join("node_modules", packageOf(runtime), runtime.kind === "deno" ? "deno" : `bin/${runtime.kind}`);
}

/** @param {Runtime} runtime @param {string} program */
function commandOf({ kind }, program) {
  if (kind === "node") return [program];
  return kind === "bun" ? [program, "--bun"] : [program, "run", "--allow-all"];
}
