/** The members of the workspace, read from pnpm-workspace.yaml. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * @typedef {object} Manifest What the scripts read of a package.json.
 * @property {string} name
 * @property {boolean} [private]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [devDependencies]
 * @property {Record<string, string>} [peerDependencies]
 */

/**
 * @param {string} root
 * @returns {string[]} Every member's folder, relative to `root`, sorted.
 */
export function memberFolders(root) {
  const patterns = [...read(root, "pnpm-workspace.yaml").matchAll(/^ {2}- (\S+)$/gm)].map(
    ([, pattern = ""]) => pattern,
  );
  return patterns
    .flatMap((pattern) => (pattern.endsWith("/*") ? subfolders(root, pattern.slice(0, -2)) : [pattern]))
    .filter((folder) => existsSync(join(root, folder, "package.json")))
    .toSorted();
}

/**
 * @param {string} root
 * @param {string} folder
 * @returns {Manifest}
 */
export function readManifest(root, folder) {
  return JSON.parse(read(root, join(folder, "package.json")));
}

/** @param {string} root @param {string} folder */
function subfolders(root, folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder)).map((name) => `${folder}/${name}`);
}

/** @param {string} root @param {string} file */
function read(root, file) {
  return readFileSync(join(root, file), "utf8");
}
