import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startProxy, startService } from "@lastgood/services";
import { Subject } from "./subject.mjs";

/**
 * @typedef {import("./oracle.mjs").Note} Note
 * @typedef {import("./subject.mjs").Start} Start
 * @typedef {Awaited<ReturnType<typeof startService>>} Service
 * @typedef {Awaited<ReturnType<typeof startProxy>>} Proxy
 */

/** What a fault works with. All of it is gone when the fault is over. */
export class Context {
  /** What all processes under test have written down. @type {Note[]} */ log = [];
  /** @type {Subject[]} */ #subjects = [];
  /** @type {string[]} */ #directories = [];
  /** @type {(() => unknown)[]} */ #cleanups = [];
  #crashed = false;

  /** Starts a process under test. @param {Start} start */
  async start(start) {
    const whatIsLeft = (/** @type {boolean} */ asked) => this.#whatIsLeft(asked, subject);
    /** @type {Subject} */
    const subject = new Subject({ number: this.#subjects.length + 1, start, log: this.log, whatIsLeft });
    this.#subjects.push(subject);
    return subject.ready();
  }

  /** Starts a server, as `startService` of services/ does. @param {string} name @param {string} [variant] @returns {Promise<Service>} */
  async service(name, variant) {
    const service = await startService(name, variant);
    this.after(() => service.stop());
    return service;
  }

  /** A network in front of a port, which fails on demand. @param {number} port @returns {Promise<Proxy>} */
  async proxy(port) {
    const proxy = await startProxy(port);
    this.after(() => proxy.close());
    return proxy;
  }

  /** A new directory. */
  async directory() {
    const directory = await mkdtemp(join(tmpdir(), "lastgood-faults-"));
    this.#directories.push(directory);
    this.after(() => rm(directory, { recursive: true, force: true }));
    return directory;
  }

  /** Is called when the fault is over, the latest first. @param {() => unknown} cleanup */
  after(cleanup) {
    this.#cleanups.push(cleanup);
  }

  /** Asks every process that still runs to close, so that each is seen to end. */
  async finish() {
    for (const subject of this.#subjects) if (subject.isRunning) await subject.close();
  }

  async tearDown() {
    for (const subject of this.#subjects) await subject.kill();
    for (const cleanup of this.#cleanups.toReversed()) await cleanup();
  }

  /** @param {boolean} asked Whether the process that has ended was asked to. @param {Subject} ended */
  async #whatIsLeft(asked, ended) {
    if (!asked) this.#crashed = true;
    // What a crash leaves behind is swept when it has become old.
    if (this.#crashed) return [];
    // A process that still runs may be writing: the last one to end leaves nothing.
    if (this.#subjects.some((subject) => subject !== ended && subject.isRunning)) return [];
    const found = await Promise.all(this.#directories.map((directory) => readdir(directory, { recursive: true })));
    return found.flat().filter((name) => /(?:^|\/)(?:tmp-[\da-f-]{36}|cull\.lock)$/.test(name));
  }
}
