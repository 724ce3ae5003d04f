/**
 * A release, except that npm is a registry on this machine: the versions and change logs that the changesets ask for, every package
 * published, installed by its name into an empty project, and used there. The repository stays as it is.
 */

import { execFileSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import ts from "typescript";
import { compiledSqlite, takeCompiledSqlite } from "./lib/compiled-sqlite.mjs";
import { startRegistry } from "./lib/local-registry.mjs";
import { must, published } from "./lib/packing.mjs";
import { pnpm, root, stopwatch } from "./lib/run.mjs";

const place = await mkdtemp(join(tmpdir(), "lastgood-release-"));
const copy = join(place, "repository");
const project = join(place, "project");
const names = published.map(({ manifest }) => manifest.name);

/** What Git knows, and what has been built. */
async function copyRepository() {
  const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root, encoding: "utf8" });
  for (const file of files.split("\0").filter(Boolean)) await copyFile(file);
  for (const member of published) {
    await copyFile(`${member.folder}/dist`);
    await linkMembers(member);
  }
  await symlink(join(root, "node_modules"), join(copy, "node_modules"));
  const git = ["git", "-c", "user.name=rehearsal", "-c", "user.email=rehearsal@localhost"];
  for (const args of [["init", "--quiet", "--initial-branch=main"], ["add", "--all"], ["commit", "--quiet", "--message=rehearsal"]]) await must("Git failed", [...git, ...args], { cwd: copy });
}

/** pnpm looks here for the version that "workspace:^" stands for. @param {import("./lib/repository.mjs").Package} member */
async function linkMembers({ folder, manifest }) {
  const wanted = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.peerDependencies };
  for (const { folder: target, manifest: other } of published.filter(({ manifest: { name } }) => name in wanted)) {
    const link = join(copy, folder, "node_modules", other.name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(copy, target), link);
  }
}

/** @param {string} path */
async function copyFile(path) {
  await mkdir(dirname(join(copy, path)), { recursive: true });
  await cp(join(root, path), join(copy, path), { recursive: true });
}

/** @returns {Promise<string>} What there is to say about the versions. */
async function setVersions() {
  await bump();
  const versions = new Set();
  for (const { folder, manifest } of published) {
    const { version } = JSON.parse(await readFile(join(copy, folder, "package.json"), "utf8"));
    const log = await readFile(join(copy, folder, "CHANGELOG.md"), "utf8").catch(() => "");
    if (!log.includes(`## ${version}`)) throw new Error(`The change log of ${manifest.name} says nothing of ${version}: a package without a changeset has never been released`);
    versions.add(version);
  }
  const left = (await readdir(join(copy, ".changeset"))).filter((file) => file.endsWith(".md") && file !== "README.md");
  if (left.length > 0) throw new Error(`changeset version left ${left.join(", ")}`);
  if (versions.size !== 1) throw new Error(`The packages have one version in common, and not ${[...versions].join(", ")}`);
  return [...versions].join();
}

/** Core is a peer of most packages. A new feature of it must not make a major version of each. */
async function nextMinor() {
  const before = await versionOfCore();
  await writeFile(join(copy, ".changeset/next.md"), '---\n"@lastgood/core": minor\n---\n\nSomething new.\n');
  await bump();
  const after = await versionOfCore();
  const [major, minor] = before.split(".").map(Number);
  if (after !== `${major}.${Number(minor) + 1}.0`) throw new Error(`A new feature of core made ${after} of ${before}`);
  return after;
}

async function bump() {
  await must("changeset version failed", [process.execPath, join(root, "node_modules/@changesets/cli/bin.js"), "version"], { cwd: copy });
}

/** @returns {Promise<string>} */
async function versionOfCore() {
  return JSON.parse(await readFile(join(copy, "packages/core/package.json"), "utf8")).version;
}

/** @param {NodeJS.ProcessEnv} env */
async function publish(env) {
  await must("Publishing failed", pnpm("--recursive", "--filter", "./packages/*", "publish", "--no-git-checks", "--access", "public"), { cwd: copy, env });
}

/** @param {NodeJS.ProcessEnv} env */
async function install(env) {
  await mkdir(project);
  await writeFile(join(project, "package.json"), '{ "name": "project", "private": true, "type": "module" }\n');
  // The clients that users bring, and what the programs of the READMEs use beside lastgood.
  const { devDependencies } = JSON.parse(await readFile(join(root, "examples/package.json"), "utf8"));
  const others = Object.entries(devDependencies).flatMap(([name, range]) => (String(range).startsWith("workspace:") ? [] : [`${name}@${range}`]));
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund"];
  await must("npm install failed", ["npm", "install", ...flags, "lastgood"], { cwd: project, env });
  await must("npm install failed", ["npm", "install", ...flags, ...names, ...others, `better-sqlite3@${compiledSqlite().version}`], { cwd: project, env });
  await takeCompiledSqlite(project);
}

/** @returns {Promise<string[]>} The programs that were run. */
async function runExamples() {
  await must("The command line did not start", ["npx", "--no-install", "lastgood", "--version"], { cwd: project });
  await cp(join(root, "scripts/consumer"), project, { recursive: true });
  await must("A program that imports the packages failed", [process.execPath, "plain.mjs", ...importable()], { cwd: project });
  await must("A program that requires the packages failed", [process.execPath, "--no-warnings", "required.cjs", ...importable()], { cwd: project });
  const ran = [];
  for (const file of (await readdir(join(root, "examples/readme"))).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))) {
    const source = await readFile(join(root, "examples/readme", file), "utf8");
    if (!standsAlone(source)) continue;
    const { outputText } = ts.transpileModule(source, { compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true } });
    const program = file.replace(/\.ts$/, ".mjs");
    await writeFile(join(project, program), outputText);
    await must(`The program ${file} of the READMEs failed`, [process.execPath, "--no-warnings", program], { cwd: project });
    ran.push(file);
  }
  if (ran.length < 10) throw new Error(`Only ${ran.length} programs of the READMEs stand alone: ${ran.join(", ")}`);
  return ran;
}

/** As a stranger would, in a folder of their own. @param {NodeJS.ProcessEnv} env */
async function createAdapter(env) {
  const folder = join(place, "backup-dynamo");
  await must("npm create failed", ["npm", "create", "--yes", "@lastgood/adapter", "backup", "dynamo"], { cwd: place, env });
  await must("npm install failed", ["npm", "install", "--no-audit", "--no-fund"], { cwd: folder, env });
  await must("A new adapter fails its own tests", ["npm", "test"], { cwd: folder, env });
}

function importable() {
  return published.filter(({ manifest }) => "." in manifest["exports"]).map(({ manifest }) => manifest.name);
}

/** Not what needs a server of this repository, a template, or a file beside it. @param {string} source */
function standsAlone(source) {
  return !/from "(?:\.|@lastgood\/services|lastgood-template)|localhost:|services\./.test(source);
}

/**
 * @template T
 * @param {string} title
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
async function step(title, work) {
  const elapsed = stopwatch();
  const said = await work();
  console.log(`release  ${title}${typeof said === "string" ? `: ${said}` : ""}, ${elapsed()}`);
  return said;
}

/** @type {(() => Promise<void>) | undefined} */
let stop;
try {
  await step("a copy of the repository", copyRepository);
  await step("changeset version", setVersions);
  const { url, ...local } = await step("a registry of npm", () => startRegistry(join(place, "registry")));
  stop = local.stop;
  const host = url.replace(/^http:/, "");
  // A name of its own for everything that the user's configuration might say otherwise.
  await writeFile(join(place, "npmrc"), `registry=${url}\n${host}:_authToken=rehearsal\nprovenance=false\n`);
  const env = { ...process.env, NPM_CONFIG_USERCONFIG: join(place, "npmrc"), npm_config_registry: url, NPM_CONFIG_PROVENANCE: "false" };
  await step(`${names.length} packages published`, () => publish(env));
  await step("npm install lastgood into an empty project", () => install(env));
  await step("examples on the published packages", async () => `${(await runExamples()).length} programs ran`);
  await step("npm create @lastgood/adapter, and its tests", () => createAdapter(env));
  await step("the version after the next feature of core", nextMinor);
} catch (error) {
  console.error(/** @type {Error} */ (error).message);
  process.exitCode = 1;
} finally {
  await stop?.();
  await rm(place, { recursive: true, force: true });
}
