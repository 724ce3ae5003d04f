/** Packs every package as it would be published. */

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { openRepository } from "./repository.mjs";
import { pnpm, root, run } from "./run.mjs";

/** The packages that are published. */
export const published = openRepository(root).packages.filter(({ isTemplate }) => !isTemplate);

/**
 * @param {string} place An empty folder.
 * @returns {Promise<string[]>} The tarballs, one for each package.
 */
export async function packInto(place) {
  await must("The packages could not be packed", pnpm("--filter", "./packages/*", "pack", "--pack-destination", place));
  const tarballs = (await readdir(place)).filter((name) => name.endsWith(".tgz"));
  if (tarballs.length !== published.length) {
    throw new Error(`${published.length} packages made ${tarballs.length} tarballs: ${tarballs.join(", ")}`);
  }
  return tarballs.map((name) => join(place, name));
}

/**
 * @param {string} what Goes wrong if this does not end well.
 * @param {readonly string[]} command
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<string>} What it said.
 */
export async function must(what, command, options) {
  const { ok, output } = await run(command, options);
  if (!ok) throw new Error(`${what}: ${command.join(" ")}\n\n${output}`);
  return output;
}
