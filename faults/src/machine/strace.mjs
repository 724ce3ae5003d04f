/** System calls of a running process that fail, hang or kill it. By strace: it answers in the place of the kernel. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** @typedef {{ thread: number, name: string, count: number, line: string }} Call The how-manieth of its name in its thread. */

/** All that has to do with files, open or not. */
export const FILE_CALLS = "%file,%desc";

/** What strace says of a process while it is attached to it. */
class Tracing {
  /** @type {string[]} */ lines = [];
  /** @type {import("node:child_process").ChildProcess} */ #tracer;
  /** @type {Promise<unknown>} */ ended;

  /** @param {readonly string[]} args */
  constructor(args) {
    this.#tracer = spawn("strace", args, { stdio: ["ignore", "ignore", "pipe"] });
    this.ended = once(this.#tracer, "close");
  }

  /** Resolves once the process is traced. */
  async attached() {
    const { stderr } = this.#tracer;
    if (stderr === null) throw new Error("strace is started with a pipe");
    await new Promise((resolve, reject) => {
      createInterface({ input: stderr }).on("line", (line) => {
        this.lines.push(line);
        if (/^strace: Process \d+ attached/.test(line)) resolve(undefined);
      });
      this.ended.then(() => reject(new Error(`strace does not attach: ${this.lines.join(" ")}`)), reject);
    });
    return this;
  }

  /** How many calls it has answered in the place of the kernel. */
  get injected() {
    return this.lines.filter((line) => line.includes("INJECTED")).length;
  }

  /** Every call that was about something below this path. @param {string} path @returns {Call[]} */
  callsAbout(path) {
    /** @type {Map<string, number>} */
    const counts = new Map();
    return this.lines.flatMap((line) => {
      const [, thread = "0", name] = /^(?:\[pid +(\d+)\] )?(\w+)\(/.exec(line) ?? [];
      if (name === undefined) return [];
      const count = (counts.get(`${thread} ${name}`) ?? 0) + 1;
      counts.set(`${thread} ${name}`, count);
      return line.includes(path) ? [{ thread: Number(thread), name, count, line }] : [];
    });
  }

  /** The process goes on as before. */
  async stop() {
    this.#tracer.kill("SIGINT");
    await this.ended;
  }
}

/**
 * Traces all threads of a process.
 * @param {number} pid
 * @param {{ calls: string, inject?: string, only?: string, paths?: readonly string[] }} what `calls` such as "fsync,rename"; `inject` such as
 *   "error=EIO:when=1", counted by thread and by call, into all of these calls or `only` some; `paths`: only calls about these very files.
 */
export function trace(pid, { calls, inject, only, paths }) {
  return new Tracing(["-f", "-p", String(pid), ...filters({ calls, inject, only, paths })]).attached();
}

/** The same for one thread. @param {number} thread @param {{ calls: string, inject?: string }} what */
export function traceThread(thread, { calls, inject }) {
  return new Tracing(["-p", String(thread), ...filters({ calls, inject })]).attached();
}

/** @returns {Promise<string | undefined>} Why this machine, which has strace, does not let it look at a process that is there already. */
export async function whyNoTracing() {
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  try {
    const tracing = await trace(child.pid ?? 0, { calls: "read" });
    await tracing.stop();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    child.kill();
  }
}

/** @param {{ calls: string, inject?: string | undefined, only?: string | undefined, paths?: readonly string[] | undefined }} what */
function filters({ calls, inject, only = calls, paths = [] }) {
  const injection = inject === undefined ? [] : ["-e", `inject=${only}:${inject}`];
  return ["-y", "-e", `trace=${calls}`, "-e", "signal=none", ...injection, ...paths.flatMap((path) => ["-P", path])];
}
