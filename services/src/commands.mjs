/** Programs that run to their end. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** @typedef {import("./catalogue.mjs").Command} Command */

const execute = promisify(execFile);

/**
 * @param {Command} command
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<string>} What it says.
 * @throws An error that has in its message what the command was and what it said.
 */
export async function run([program = "", ...args], options = {}) {
  try {
    const { stdout, stderr } = await execute(program, args, { ...options, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
    return stdout + stderr;
  } catch (error) {
    const { message, stdout = "" } = /** @type {Error & { stdout?: string }} */ (error);
    throw new Error(`${[program, ...args].join(" ")} failed: ${message}\n${stdout}`, { cause: error });
  }
}
