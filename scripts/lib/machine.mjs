/** What the machine has, and what it lacks. */

import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

/** Installs on Debian, as root, what node-gyp needs to compile. */
export const compilerCommand =
  "apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3 make g++";

/**
 * @param {string} version Such as "20.19.0".
 * @returns {boolean} Whether it is 20.19 or newer.
 */
export function supportsNode(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 20 || (major === 20 && minor >= 19);
}

/**
 * @param {string} [path] A list of folders as in the PATH.
 * @returns {string[]} Which of the tools that node-gyp calls are not there.
 */
export function missingTools(path = process.env["PATH"] ?? "") {
  const folders = path.split(delimiter);
  return ["python3", "make", "g++"].filter((tool) => !folders.some((folder) => isExecutable(join(folder, tool))));
}

/** @param {string} file @returns {boolean} */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {string} [node] The path of a Node.
 * @returns {string | undefined} The folder that holds `include/node/node.h`, where this Node brought its headers along.
 */
export function nodeHeaders(node = process.execPath) {
  const prefix = dirname(dirname(node));
  return existsSync(join(prefix, "include/node/node.h")) ? prefix : undefined;
}
