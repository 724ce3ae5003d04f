import { spawn } from "node:child_process";
import { once } from "node:events";

/**
 * @typedef {object} Ended
 * @property {number | null} code Its exit code; `null` if it had to be ended.
 * @property {string} output What it printed, errors included.
 */

/**
 * Runs a program of its own until it ends by itself, which must not take longer than `patience` milliseconds after it has
 * printed the line "done": a client that is left open keeps a process alive for ever.
 * @param {string} code An ECMAScript module. Imports resolve from `directory`.
 * @param {object} where
 * @param {string} where.directory
 * @param {number} [where.patience]
 * @param {(output: string) => unknown} [where.onOutput] Called with all that has been printed so far.
 * @returns {Promise<Ended>}
 */
export async function runScript(code, { directory, patience = 3_000, onOutput = () => {} }) {
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  /** @type {NodeJS.Timeout | undefined} */
  let overdue;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
      if (output.includes("done\n")) overdue ??= setTimeout(() => child.kill("SIGKILL"), patience);
      onOutput(output);
    });
  }
  const hangs = setTimeout(() => child.kill("SIGKILL"), 40_000);
  const [code_] = await once(child, "close");
  clearTimeout(overdue);
  clearTimeout(hangs);
  return { code: code_, output };
}
