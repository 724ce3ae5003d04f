/** Runs other programs for the scripts of this folder. Needs nothing that has to be installed first. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the repository, wherever the command was typed. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The pnpm of this repository, such as "pnpm@12.21.0", for people to type after `npx`. @type {string} */
export const packageManager = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).packageManager;

/**
 * The command that starts it on a machine that has no pnpm. Once it has been fetched, no network is needed.
 * @param {readonly string[]} args
 * @returns {string[]}
 */
export function pnpm(...args) {
  return ["npx", "--yes", "--prefer-offline", packageManager, ...args];
}

/**
 * Runs a program to its end and keeps what it says, so that nobody has to read it when all is well.
 * It never waits for input: there may be nobody to type any.
 * @param {readonly string[]} command The program and its arguments; no shell reads them.
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, live?: boolean }} [options] `live` shows what it says at once.
 * @returns {Promise<{ ok: boolean, output: string }>}
 */
export async function run([program = "", ...args], { cwd = root, env = process.env, live = false } = {}) {
  const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const [stream, terminal] of /** @type {const} */ ([
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ])) {
    stream.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
      output += text;
      if (live) terminal.write(text);
    });
  }
  try {
    const [code] = await once(child, "close");
    return { ok: code === 0, output };
  } catch (error) {
    return { ok: false, output: `${program} could not be started: ${/** @type {Error} */ (error).message}\n` };
  }
}

/** @returns {() => string} How long it is since this call, such as "3.2 s". */
export function stopwatch() {
  const start = performance.now();
  return () => `${((performance.now() - start) / 1000).toFixed(1)} s`;
}
