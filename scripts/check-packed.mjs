/**
 * Packs every package as it would be published, and uses it as somebody would who has installed it: from an empty
 * project outside the workspace, in TypeScript and in plain JavaScript.
 */

import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { openRepository } from "./lib/repository.mjs";
import { pnpm, root, run } from "./lib/run.mjs";
import { readManifest } from "./lib/workspace.mjs";

const packages = openRepository(root).packages.filter(({ isTemplate }) => !isTemplate);
const place = await mkdtemp(join(tmpdir(), "lastgood-packed-"));
const project = join(place, "project");

/** @param {string} what @param {readonly string[]} command */
async function must(what, command, cwd = project) {
  const { ok, output } = await run(command, { cwd });
  if (!ok) throw new Error(`${what}: ${command.join(" ")}\n\n${output}`);
}

/** @returns {Promise<string[]>} The tarballs, one for each package. */
async function pack() {
  const command = pnpm("--filter", "./packages/*", "pack", "--pack-destination", place);
  await must("The packages could not be packed", command, root);
  const tarballs = (await readdir(place)).filter((name) => name.endsWith(".tgz"));
  if (tarballs.length !== packages.length) {
    throw new Error(`${packages.length} packages made ${tarballs.length} tarballs: ${tarballs.join(", ")}`);
  }
  return tarballs.map((name) => join(place, name));
}

/** @param {string} tarball */
async function lint(tarball) {
  const bin = join(root, "scripts/node_modules/.bin");
  const publint = [join(bin, "publint"), "run", tarball, "--strict"];
  await must("publint finds something wrong", publint, root);
  const attw = [join(bin, "attw"), tarball, "--profile", "esm-only", "--no-emoji", "--format", "ascii"];
  await must("attw finds something wrong", attw, root);
}

/** @param {readonly string[]} tarballs */
async function install(tarballs) {
  await cp(join(root, "scripts/consumer"), project, { recursive: true });
  await writeFile(join(project, "package.json"), '{ "name": "consumer", "private": true, "type": "module" }\n');
  const sqlite = compiledSqlite();
  const types = `@types/node@${readManifest(root, "").devDependencies?.["@types/node"]}`;
  const names = [...tarballs, types, `better-sqlite3@${sqlite.version}`];
  const flags = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"];
  await must("The tarballs could not be installed", ["npm", "install", ...flags, ...names]);

  // The install script of better-sqlite3 would compile the same sources once more, which takes a minute. What it makes
  // is taken from the workspace, where it was made of the same version.
  const compiled = "build/Release/better_sqlite3.node";
  await cp(join(sqlite.folder, compiled), join(project, "node_modules/better-sqlite3", compiled));
}

function compiledSqlite() {
  const fromBackup = createRequire(join(root, "packages/backup-sqlite/package.json"));
  const file = fromBackup.resolve("better-sqlite3/package.json");
  /** @type {{ version: string }} */
  const { version } = fromBackup(file);
  return { folder: dirname(file), version };
}

async function use() {
  await must("TypeScript rejects a program that uses the packages", [join(root, "node_modules/.bin/tsc"), "-p", "."]);
  const importable = packages.filter(({ manifest }) => "." in manifest["exports"]).map(({ manifest }) => manifest.name);
  await must("A program that uses the packages failed", [process.execPath, "plain.mjs", ...importable]);
  await must("The command line did not start", [join(project, "node_modules/.bin/lastgood"), "--version"]);
}

try {
  await mkdir(project);
  const tarballs = await pack();
  await Promise.all([install(tarballs), ...tarballs.map(lint)]);
  await use();
  console.log(`${tarballs.length} packages packed, linted, installed with npm and used`);
} catch (error) {
  console.error(/** @type {Error} */ (error).message);
  process.exitCode = 1;
} finally {
  await rm(place, { recursive: true, force: true });
}
