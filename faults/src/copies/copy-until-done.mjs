/** Runs `lastgood copy`, kills it at a random moment, and runs it again, until a run has come to its end. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../../packages/cli/dist/main.js", import.meta.url));
const LOOK_MS = 50;
const FIRST_MS = 2_000;

/** @typedef {{ readonly kills: number, readonly highest: number, readonly seconds: number, readonly said: string }} Copied `highest`: of the resident memory, in bytes. */

/** Each run may live longer than the one before it, as it first looks at what is there. @param {string} from @param {string} to @param {(below: number) => number} dice @returns {Promise<Copied>} */
export async function copyUntilDone(from, to, dice) {
  const beganAt = performance.now();
  let highest = 0;
  for (let kills = 0, longest = FIRST_MS; ; kills++, longest *= 1.4) {
    const run = await copyFor(from, to, dice(longest));
    highest = Math.max(highest, run.highest);
    if (run.signal === null && run.code !== 0) throw new Error(`copy from ${from} to ${to} ended with ${run.code}: ${run.said}`);
    if (run.signal === null) return { kills, highest, seconds: (performance.now() - beganAt) / 1_000, said: run.said.trim() };
  }
}

/** @param {string} from @param {string} to @param {number} ms */
async function copyFor(from, to, ms) {
  const child = spawn(process.execPath, [MAIN, "copy", from, to], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.on("data", (chunk) => void (said += chunk));
  let highest = 0;
  const looks = setInterval(() => (highest = Math.max(highest, memoryOf(child.pid))), LOOK_MS);
  const kill = setTimeout(() => child.kill("SIGKILL"), ms);
  const [code, signal] = await once(child, "close");
  clearInterval(looks);
  clearTimeout(kill);
  return { code, signal, highest, said };
}

/** The most that a process has had so far, in bytes; 0 once it is gone. @param {number | undefined} pid */
function memoryOf(pid) {
  try {
    const [, kilobytes = "0"] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return Number(kilobytes) * 1_024;
  } catch {
    return 0;
  }
}
