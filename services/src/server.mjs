import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { HOST } from "./ports.mjs";
import { untilReady } from "./ready.mjs";
import { until } from "./until.mjs";

/**
 * @typedef {import("./catalogue.mjs").ServerPlan} ServerPlan
 * @typedef {import("node:child_process").ChildProcess} ChildProcess
 */

/**
 * Becomes the server, and leaves behind a watcher that waits at a pipe from this process. If this process ends without a
 * word, however it ends, the pipe does too: then the watcher ends the server and removes the folder. The signal that ends a
 * server comes first among the arguments. Where it is not SIGKILL, the server has two seconds for it.
 */
const GUARDED = `end=$1; shift
{ read -r _ <&3 || {
  for process in $(cat /proc/$$/task/$$/children) $$; do kill -CONT $process; done
  kill -s $end $$
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do kill -0 $$ && [ $end != KILL ] && sleep 0.1; done
  kill -9 $$; rm -rf -- "$0"
} 2>/dev/null; } & exec "$@" 3<&-`;

/** One server process, on a port of its own, which it keeps when it is started again. */
export class Server {
  /** @type {string} */ name;
  /** @type {number} */ port;
  host = HOST;
  /** @type {ServerPlan} */ #plan;
  /** @type {string} */ #dir;
  /** @type {string} */ #root;
  /** @type {ChildProcess | undefined} */ #child;

  /**
   * @param {object} of
   * @param {string} of.name
   * @param {number} of.port
   * @param {ServerPlan} of.plan With everything filled in.
   * @param {string} of.dir Its working directory.
   * @param {string} of.root The service's folder, which goes when this process dies.
   */
  constructor({ name, port, plan, dir, root }) {
    this.name = name;
    this.port = port;
    this.#plan = plan;
    this.#dir = dir;
    this.#root = root;
  }

  /** @returns {number} Its process id. */
  get pid() {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error(`${this.name} is not running`);
    return pid;
  }

  /** Makes its folder, and its configuration file if it has one. */
  async configure() {
    await mkdir(this.#dir);
    if (this.#plan.file) await writeFile(join(this.#dir, "server.conf"), `${this.#plan.file.join("\n")}\n`);
  }

  /** Starts it, and waits until it is ready, or ready as far as it gets if `ready` is false. */
  async start({ ready = true } = {}) {
    if (this.#child) throw new Error(`${this.name} is running already`);
    const log = openSync(this.#logFile, "a");
    const child = spawn("sh", ["-c", GUARDED, this.#root, this.#ending.replace("SIG", ""), ...this.#plan.command], {
      cwd: this.#dir,
      env: { ...process.env, ...this.#plan.env },
      stdio: ["ignore", log, log, "pipe"],
    });
    closeSync(log);
    this.#child = child;
    child.once("exit", () => {
      dismissWatcher(child);
      this.#child = undefined;
    });
    if (ready) await untilReady(this.port, this.#plan.ready, () => this.#death());
  }

  /** Asks it to end, and waits until it has. */
  async stop() {
    await this.#end("SIGTERM");
  }

  /** Ends it as a crash would, with all of its processes. */
  async kill() {
    // It must not start others, nor see one of them die, before it is dead itself.
    if (this.#child) this.pause();
    const helpers = this.#helpers();
    for (const pid of helpers) send(pid, "SIGKILL");
    await this.#end("SIGKILL");
    // Until then they hold what the server needs to start again.
    for (const pid of helpers) await until(() => assert(isOver(pid)));
  }

  /** Ends it for good and without delay. Some leave things on the machine if they are killed: these are asked. */
  async dispose() {
    if (this.#child) this.resume();
    await (this.#ending === "SIGKILL" ? this.kill() : this.#end(this.#ending));
  }

  /** Stops it in its tracks, with all of its processes: it holds its connections, takes new ones, and says nothing. */
  pause() {
    process.kill(this.pid, "SIGSTOP");
    for (const pid of this.#helpers()) send(pid, "SIGSTOP");
  }

  /** Lets it go on. */
  resume() {
    for (const pid of this.#helpers()) send(pid, "SIGCONT");
    process.kill(this.pid, "SIGCONT");
  }

  /** @returns {string} What it has written to its output so far. */
  get log() {
    return readFileSync(this.#logFile, "utf8");
  }

  get #logFile() {
    return join(this.#dir, "output.log");
  }

  /** @returns {NodeJS.Signals} What ends it without delay. */
  get #ending() {
    return this.#plan.end ?? "SIGKILL";
  }

  /** @returns {number[]} The processes that it has started: PostgreSQL has one for each connection. */
  #helpers() {
    const pid = this.#child?.pid;
    if (pid === undefined) return [];
    const children = readIfThere(`/proc/${pid}/task/${pid}/children`).split(" ").filter((text) => text.trim() !== "");
    // The shell among them is the watcher, which has to go on.
    return children.map(Number).filter((child) => readIfThere(`/proc/${child}/comm`).trim() !== "sh");
  }

  #death() {
    if (this.#child) return undefined;
    return new Error(`${this.name} has ended: ${this.#plan.command.join(" ")}\n${this.log}`);
  }

  /** @param {NodeJS.Signals} signal */
  async #end(signal) {
    const child = this.#child;
    if (!child) return;
    const ended = once(child, "exit");
    child.kill(signal);
    // A process that has been paused gets it when it goes on.
    child.kill("SIGCONT");
    await ended;
  }
}

/** One that has ended meanwhile needs no signal. @param {number} pid @param {NodeJS.Signals} name */
function send(pid, name) {
  try {
    process.kill(pid, name);
  } catch {
    // It has.
  }
}

/** @param {number} pid @returns {boolean} Whether it has ended, be it that nobody has taken note of it yet. */
function isOver(pid) {
  return !/^State:\s[^ZX]/m.test(readIfThere(`/proc/${pid}/status`));
}

/** @param {string} file @returns {string} Nothing for a process that has ended. */
function readIfThere(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** The server has ended, and its number may soon be another's: the watcher is not to kill it. @param {ChildProcess} child */
function dismissWatcher(child) {
  const pipe = /** @type {import("node:stream").Writable} */ (child.stdio[3]);
  pipe.on("error", () => {}).end("\n");
}
