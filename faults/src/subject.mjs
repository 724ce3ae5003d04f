import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { machineNow } from "./fleet/lateness.mjs";
import { DEFAULTS, deadlineOf } from "./orders.mjs";

/**
 * @typedef {import("./orders.mjs").Order} Order
 * @typedef {import("./orders.mjs").Setup} Setup
 * @typedef {import("./orders.mjs").SubjectOptions} SubjectOptions
 * @typedef {import("./oracle.mjs").Note} Note
 * @typedef {import("./oracle.mjs").GetNote} GetNote
 *
 * @typedef {Setup & {
 *   cache?: string,
 *   backup: string,
 *   env?: Readonly<Record<string, string>>,
 *   node?: readonly string[],
 *   wrap?: readonly string[],
 * }} Start `cache` and `backup` are URLs as in the environment; `node` are options of Node; `wrap` is a command that starts
 *   the process, such as `["strace", "-f", "-o", file]`.
 */

const PROGRAM = fileURLToPath(new URL("subject-process.mjs", import.meta.url));
const PATIENCE_MS = 30_000;
const UNTIL_ENDED_MS = 30_000;
/** How much longer than its time-outs a get may take in a fleet, where the time in which a process does not run is measured. */
const FLEET_BUSY_MS = 1_000;

/** A process under test. All that it writes down goes into the log of the fault. */
export class Subject {
  /** @type {number} */ number;
  /** Of Node itself, also where another program has started it. */
  pid = 0;
  #orders = 0;
  #asked = false;
  #frozenAt = 0;
  #errors = "";
  /** @type {number | undefined} */ #busyMs;
  /** @type {import("node:child_process").ChildProcess} */ #child;
  /** @type {Note[]} */ #log;
  /** @type {SubjectOptions} */ #options;
  /** @type {(asked: boolean) => Promise<readonly string[]>} */ #whatIsLeft;
  /** @type {Map<number, { resolve: (result: unknown) => void, reject: (error: Error) => void }>} */ #waiting = new Map();
  /** @type {Promise<string>} How it ended. */ ended;
  /** @type {Promise<void>} */ #ready;

  /**
   * @param {object} of
   * @param {number} of.number
   * @param {Start} of.start
   * @param {Note[]} of.log
   * @param {(asked: boolean) => Promise<readonly string[]>} of.whatIsLeft Says what is still there once it has ended.
   */
  constructor({ number, start, log, whatIsLeft }) {
    const { cache = "memory:", backup, env = {}, node = [], wrap = [], options, ...rest } = start;
    this.number = number;
    this.#log = log;
    this.#options = { ...DEFAULTS, ...options };
    this.#whatIsLeft = whatIsLeft;
    if (start.aheadMs !== undefined) log.push({ note: "clock", process: number, aheadMs: start.aheadMs });
    this.#busyMs = start.fleet ? FLEET_BUSY_MS : undefined;
    const setup = JSON.stringify({ options: this.#options, ...rest });
    const [program = "", ...args] = [...wrap, process.execPath, "--no-warnings", ...node, PROGRAM];
    this.#child = spawn(program, args, {
      env: { ...process.env, LASTGOOD_CACHE_URL: cache, LASTGOOD_BACKUP_URL: backup, FAULTS_SETUP: setup, ...env },
      stdio: ["pipe", "pipe", "pipe"],
      // A group of its own: whatever it starts is known by that, and ends with it.
      detached: true,
    });
    this.ended = this.#untilEnded();
    this.#ready = this.#order(0, PATIENCE_MS);
    this.#listen();
  }

  /** Resolves once its datastore is open. */
  async ready() {
    await this.#ready;
    return this;
  }

  /** @param {string} state One of those in source.mjs. @param {{ size?: number, url?: string }} [more] @returns {Promise<number>} How often the source was asked so far. */
  async source(state, more = {}) {
    return Number(await this.#tell({ do: "source", set: { state, ...more } }));
  }

  /**
   * Gets all keys at once, and waits for all.
   * @param {readonly string[]} keys
   * @param {import("./orders.mjs").GetOptions} [options]
   * @returns {Promise<GetNote[]>}
   */
  async get(keys, options = {}) {
    const withinMs = this.#deadline(options);
    const number = this.#orders + 1;
    await this.#tell({ do: "get", keys, withinMs, options }, withinMs);
    return this.#log.filter((note) => note.note === "get" && note.process === this.number && note.order === number).map((note) => /** @type {GetNote} */ (note));
  }

  /**
   * Gets the keys in turn, without a pause that would be noticed, until `rest()`.
   * @param {readonly string[]} keys
   * @param {{ pauseMs?: number, options?: import("./orders.mjs").GetOptions }} [how]
   */
  async work(keys, { pauseMs = 2, options = {} } = {}) {
    await this.#tell({ do: "work", keys, pauseMs, options, withinMs: this.#deadline(options) });
  }

  /** Waits for every get that is under way. */
  async rest() {
    await this.#tell({ do: "rest" }, this.#deadline({}));
  }

  /** Keeps its event loop busy. @param {number} ms */
  async block(ms) {
    await this.#tell({ do: "block", ms }, ms);
  }

  /**
   * Changes a key, and writes down whether that was acknowledged.
   * @param {"set" | "expire" | "delete"} method
   * @param {string} key
   * @param {import("./orders.mjs").GetOptions} [options]
   */
  async change(method, key, options = {}) {
    await this.#tell({ do: "change", method, key, options }, this.#deadline({}));
  }

  /** Sets its clock. @param {number} aheadMs Of the true time. */
  async clock(aheadMs) {
    this.#log.push({ note: "clock", process: this.number, aheadMs });
    await this.#tell({ do: "clock", aheadMs });
  }

  /** Stops it in its tracks. */
  freeze() {
    this.#signal("SIGSTOP");
    this.#frozenAt = machineNow();
  }

  /** Lets it go on. */
  resume() {
    this.#log.push({ note: "frozen", process: this.number, from: this.#frozenAt, to: machineNow() });
    this.#signal("SIGCONT");
  }

  /** Calls a method of its datastore. @param {string} method @param {readonly unknown[]} args @returns {Promise<unknown>} */
  call(method, ...args) {
    return this.#tell({ do: "call", method, args }, this.#deadline({}));
  }

  /** What was written down so far. @returns {Note[]} */
  get notes() {
    return this.#log.filter((note) => "process" in note && note.process === this.number);
  }

  /** Whether it still runs. */
  get isRunning() {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Closes the datastore, and waits until the process has ended by itself. @returns {Promise<string>} How it did. */
  async close() {
    this.#asked = true;
    // That a write is not durable is for `close()` to say, and no failure of the process.
    await this.#tell({ do: "close" }, this.#deadline({})).catch((error) => this.#unlessNotDurable(error));
    const late = setTimeout(() => this.#signal("SIGKILL"), UNTIL_ENDED_MS);
    return this.ended.finally(() => clearTimeout(late));
  }

  /** Ends it as a crash would. */
  async kill() {
    this.#signal("SIGKILL");
    await this.ended;
  }

  /** @param {import("./orders.mjs").GetOptions} options */
  #deadline(options) {
    return deadlineOf(/** @type {SubjectOptions} */ ({ ...this.#options, ...options }), this.#busyMs);
  }

  /** @param {Error} error */
  #unlessNotDurable(error) {
    if (!error.message.includes("NOT_DURABLE") && !error.message.includes("not durable")) throw error;
  }

  /** @param {NodeJS.Signals} signal */
  #signal(signal) {
    if (this.isRunning && this.#child.pid !== undefined) process.kill(-this.#child.pid, signal);
  }

  /** @param {Order} order @param {number} [withinMs] @returns {Promise<unknown>} */
  async #tell(order, withinMs = 0) {
    const number = ++this.#orders;
    this.#child.stdin?.write(`${JSON.stringify({ ...order, number })}\n`);
    return this.#order(number, withinMs + PATIENCE_MS, order.do);
  }

  /** @param {number} number @param {number} withinMs @param {string} [what] @returns {Promise<any>} What the process says to its order. */
  #order(number, withinMs, what = "start") {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`process ${this.number} did not ${what} within ${withinMs} ms`)), withinMs);
      const settled = () => {
        clearTimeout(late);
        this.#waiting.delete(number);
      };
      this.#waiting.set(number, {
        resolve: (result) => (settled(), resolve(result)),
        reject: (error) => (settled(), reject(error)),
      });
    });
  }

  #listen() {
    const { stdout, stderr, stdin } = this.#child;
    if (!stdout || !stderr || !stdin) throw new Error("it is started with pipes");
    stdin.on("error", () => {}); // it was killed: `ended` tells
    stderr.setEncoding("utf8").on("data", (text) => (this.#errors += text));
    createInterface({ input: stdout }).on("line", (line) => {
      // The last line of a process that was killed may be cut.
      if (line.endsWith("}")) this.#noted(JSON.parse(line));
    });
  }

  /** @param {any} note */
  #noted({ note, ...rest }) {
    if (note === "ready") {
      this.pid = rest.pid;
      this.#waiting.get(0)?.resolve(undefined);
    } else if (note === "done") {
      const waiting = this.#waiting.get(rest.number);
      if (rest.failure === undefined) waiting?.resolve(rest.result);
      else waiting?.reject(new Error(rest.failure));
    } else {
      this.#log.push({ note, process: this.number, ...rest });
    }
  }

  async #untilEnded() {
    const [code, signal] = await once(this.#child, "close").catch((error) => [null, String(error)]);
    const errors = this.#errors.trim();
    const how = `${signal === null ? `code ${code}` : `signal ${signal}`}${errors === "" ? "" : `, and said ${errors.slice(-500)}`}`;
    const left = [...this.#childrenLeft(), ...(await this.#whatIsLeft(this.#asked))];
    this.#log.push({ note: "exit", process: this.number, asked: this.#asked, how, left });
    for (const { reject } of this.#waiting.values()) reject(new Error(`process ${this.number} has ended with ${how}`));
    return how;
  }

  #childrenLeft() {
    try {
      process.kill(-(this.#child.pid ?? 0), 0);
      return ["a process that it started"];
    } catch {
      return [];
    }
  }
}
