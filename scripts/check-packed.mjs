/**
 * Packs every package as it would be published, and uses it as somebody would who has installed it: from an empty
 * project outside the workspace, in TypeScript and in plain JavaScript.
 */

import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compiledSqlite, takeCompiledSqlite } from "./lib/compiled-sqlite.mjs";
import { must, packInto, published } from "./lib/packing.mjs";
import { root } from "./lib/run.mjs";
import { readManifest } from "./lib/workspace.mjs";

const place = await mkdtemp(join(tmpdir(), "lastgood-packed-"));
const project = join(place, "project");

/** @param {string} tarball */
async function lint(tarball) {
  const bin = join(root, "scripts/node_modules/.bin");
  const publint = [join(bin, "publint"), "run", tarball, "--strict"];
  await must("publint finds something wrong", publint);
  // Types are found under node10, node16 and bundler. A CommonJS module gets an ES module, which every Node we support can require.
  const attw = [join(bin, "attw"), tarball, "--profile", "strict", "--ignore-rules", "cjs-resolves-to-esm", "--no-emoji", "--format", "ascii"];
  await must("attw finds something wrong", attw);
}

/** @param {readonly string[]} tarballs */
async function install(tarballs) {
  await cp(join(root, "scripts/consumer"), project, { recursive: true });
  await writeFile(join(project, "package.json"), '{ "name": "consumer", "private": true, "type": "module" }\n');
  const types = `@types/node@${readManifest(root, "").devDependencies?.["@types/node"]}`;
  const flags = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"];
  await must("The tarballs could not be installed", ["npm", "install", ...flags, ...tarballs, types], { cwd: project });
  await compilesNothing();
  if (process.allowedNodeEnvironmentFlags.has("--experimental-sqlite")) return;

  // This Node has no SQLite of its own.
  const sqlite = compiledSqlite();
  await must("better-sqlite3 could not be installed", ["npm", "install", ...flags, `better-sqlite3@${sqlite.version}`], { cwd: project });
  await takeCompiledSqlite(project);
}

/** An installation needs no compiler, and runs no script of any package. */
async function compilesNothing() {
  /** @type {{ packages: Record<string, { hasInstallScript?: boolean }> }} */
  const { packages } = JSON.parse(await readFile(join(project, "node_modules/.package-lock.json"), "utf8"));
  const compiled = Object.keys(packages).filter((name) => packages[name]?.hasInstallScript);
  if (Object.keys(packages).length === 0 || compiled.length > 0) throw new Error(`npm would run install scripts of ${compiled.join(", ")}`);
}

async function use() {
  await must("TypeScript rejects a program that uses the packages", [join(root, "node_modules/.bin/tsc"), "-p", "."], { cwd: project });
  const importable = published.filter(({ manifest }) => "." in manifest["exports"]).map(({ manifest }) => manifest.name);
  await must("A program that uses the packages failed", [process.execPath, "plain.mjs", ...importable], { cwd: project });
  // Of 20.19 and later, some warn that they require an ES module.
  await must("A program that requires the packages failed", [process.execPath, "--no-warnings", "required.cjs", ...importable], { cwd: project });
  await must("The command line did not start", [join(project, "node_modules/.bin/lastgood"), "--version"], { cwd: project });
}

try {
  await mkdir(project);
  const tarballs = await packInto(place);
  await Promise.all([install(tarballs), ...tarballs.map(lint)]);
  await use();
  console.log(`${tarballs.length} packages packed, linted, installed with npm and used`);
} catch (error) {
  console.error(/** @type {Error} */ (error).message);
  process.exitCode = 1;
} finally {
  await rm(place, { recursive: true, force: true });
}
