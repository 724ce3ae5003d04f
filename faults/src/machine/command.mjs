import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);

/**
 * Runs a program to its end.
 * @param {string} program @param {readonly string[]} args
 * @returns {Promise<string>} What it printed.
 */
export async function command(program, ...args) {
  const { stdout } = await execute(program, args, { encoding: "utf8" });
  return stdout;
}
