/** The repository as the laws see it: the workspace's packages and every file that somebody has written. */

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { importsOf } from "./imports.mjs";
import { memberFolders, readManifest } from "./workspace.mjs";

/**
 * @typedef {"core" | "adapter" | "kit" | "companion" | "creator" | "cli"} Kind
 *
 * @typedef {object} Package
 * @property {string} folder Relative to the repository, such as "packages/backup-fs".
 * @property {string} title The folder's own name, such as "backup-fs".
 * @property {Kind | undefined} kind
 * @property {boolean} isTemplate
 * @property {import("./workspace.mjs").Manifest & Record<string, any>} manifest
 *
 * @typedef {object} Repository
 * @property {readonly Package[]} packages
 * @property {readonly string[]} files Relative to the repository, in any folder, sorted.
 * @property {(file: string) => string} read
 * @property {(file: string) => import("./imports.mjs").Import[]} importsOf
 *
 * @typedef {object} Violation
 * @property {string} file
 * @property {number} line
 * @property {string} what What is wrong.
 * @property {string} todo What to do about it.
 *
 * @typedef {object} Law
 * @property {string} name
 * @property {(repository: Repository) => Iterable<Violation>} violations
 */

/** The address of the repository. */
export const HOME = "https://github.com/lastgood/lastgood";

/** Where nobody writes by hand. */
const MADE = new Set([".git", ".turbo", "coverage", "dist", "node_modules"]);

/**
 * @param {string} root
 * @returns {Repository}
 */
export function openRepository(root) {
  const read = once((file) => readFileSync(join(root, file), "utf8"));
  const folders = memberFolders(root).filter(isPackage);
  return {
    packages: folders.map((folder) => openPackage(root, folder)),
    files: writtenFiles(root).toSorted(),
    read,
    importsOf: once((file) => importsOf(file, read(file))),
  };
}

/**
 * @template T
 * @param {(file: string) => T} work
 * @returns {(file: string) => T} Does the work once for each file, however many laws ask.
 */
function once(work) {
  /** @type {Map<string, T>} */
  const done = new Map();
  return (file) => {
    const result = done.get(file) ?? work(file);
    done.set(file, result);
    return result;
  };
}

/** @param {string} folder */
function isPackage(folder) {
  return /^(?:packages|templates)\//.test(folder);
}

/**
 * @param {string} root
 * @param {string} folder
 * @returns {Package}
 */
function openPackage(root, folder) {
  const [parent, title = ""] = folder.split("/");
  return {
    folder,
    title,
    kind: kindOf(title),
    isTemplate: parent === "templates",
    manifest: readManifest(root, folder),
  };
}

/** Packages on core's public surface, each with the library made for its field. */
const COMPANIONS = new Set(["console", "http", "opentelemetry", "prometheus"]);

/** @param {string} title @returns {Kind | undefined} */
function kindOf(title) {
  if (/^(?:backup|cache)-/.test(title)) return "adapter";
  if (title === "adapter-tests") return "kit";
  if (title === "create-adapter") return "creator";
  if (COMPANIONS.has(title)) return "companion";
  return title === "core" || title === "cli" ? title : undefined;
}

/**
 * Git knows what is ours; without it everything is but what tools make.
 * @param {string} root
 */
function writtenFiles(root) {
  const command = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
  try {
    const names = execFileSync("git", command, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    // What has been removed and not committed yet is among them.
    return names.split("\0").filter((name) => name !== "" && existsSync(join(root, name)));
  } catch {
    return filesUnder(root, "");
  }
}

/** @param {string} root @param {string} folder @returns {string[]} */
function filesUnder(root, folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return MADE.has(entry.name) ? [] : filesUnder(root, path);
    return entry.isFile() ? [path] : [];
  });
}

/**
 * @param {string} text
 * @param {string} part
 * @returns {number} The line on which the part first stands, or 1.
 */
export function lineOf(text, part) {
  return text.slice(0, Math.max(0, text.indexOf(part))).split("\n").length;
}
