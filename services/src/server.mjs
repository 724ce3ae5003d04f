import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { HOST } from "./ports.mjs";
import { untilReady } from "./ready.mjs";

/**
 * @typedef {import("./catalogue.mjs").ServerPlan} ServerPlan
 * @typedef {import("node:child_process").ChildProcess} ChildProcess
 */

/**
 * Becomes the server, and leaves behind a watcher that waits at a pipe from this process. If this process ends without a
 * word, however it ends, the pipe does too: then the watcher kills the server and removes the folder.
 */
const GUARDED = '{ read -r _ <&3 || { kill -9 $$; rm -rf -- "$0"; }; } & exec "$@" 3<&-';

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
    const child = spawn("sh", ["-c", GUARDED, this.#root, ...this.#plan.command], {
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

  /** Ends it as a crash would. */
  async kill() {
    await this.#end("SIGKILL");
  }

  /** Stops it in its tracks: it holds its connections, takes new ones, and says nothing. */
  pause() {
    process.kill(this.pid, "SIGSTOP");
  }

  /** Lets it go on. */
  resume() {
    process.kill(this.pid, "SIGCONT");
  }

  /** @returns {string} What it has written to its output so far. */
  get log() {
    return readFileSync(this.#logFile, "utf8");
  }

  get #logFile() {
    return join(this.#dir, "output.log");
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

/** The server has ended, and its number may soon be another's: the watcher is not to kill it. @param {ChildProcess} child */
function dismissWatcher(child) {
  const pipe = /** @type {import("node:stream").Writable} */ (child.stdio[3]);
  pipe.on("error", () => {}).end("\n");
}
