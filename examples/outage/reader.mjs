import { spawn } from "node:child_process";
import { once } from "node:events";
import { buffer, text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));

/**
 * @typedef {object} Outcome What a reader got.
 * @property {Buffer} stdout
 * @property {string} stderr
 * @property {number | null} exitCode
 */

/**
 * Runs the command line, a new process each time, in a directory of its own that holds all that it keeps.
 * @param {string} directory
 * @param {readonly string[]} args
 * @returns {Promise<Outcome>}
 */
export async function lastgood(directory, args) {
  const child = startLastgood(directory, args);
  const [stdout, stderr] = await Promise.all([buffer(child.stdout), text(child.stderr), once(child, "close")]);
  return { stdout, stderr, exitCode: child.exitCode };
}

/** @param {string} directory @param {readonly string[]} args */
export function startLastgood(directory, args) {
  return spawn(process.execPath, [CLI, ...args], {
    cwd: directory,
    env: { ...process.env, XDG_CACHE_HOME: `${directory}/cache`, XDG_STATE_HOME: `${directory}/state` },
    stdio: ["ignore", "pipe", "pipe"],
  });
}
