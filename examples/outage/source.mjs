import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const SERVER = fileURLToPath(new URL("server.mjs", import.meta.url));

/** The server process as the one who runs it sees it. Once started it keeps its port, whatever happens to it. */
export class Source {
  #file;
  #port = 0;
  /** @type {import("node:child_process").ChildProcess | undefined} */
  #process;

  /** @param {string} file What it serves. */
  constructor(file) {
    this.#file = file;
  }

  get url() {
    return `http://127.0.0.1:${this.#port}/feed.atom`;
  }

  async start() {
    this.#process = fork(SERVER, [this.#file, String(this.#port)]);
    this.#port = await answer(this.#process);
  }

  /** Ends the process at once, as a crash would. */
  async stop() {
    const running = this.#process;
    if (running === undefined) return;
    this.#process = undefined;
    running.kill("SIGKILL");
    await once(running, "exit");
  }

  /** @param {string} behaviour One of those in server.mjs. */
  async behave(behaviour) {
    if (this.#process === undefined) await this.start();
    await this.#tell(behaviour);
  }

  /** How many requests have reached the server since it was started. */
  async requests() {
    return this.#process === undefined ? 0 : await this.#tell("");
  }

  /** @param {string} message */
  async #tell(message) {
    if (this.#process === undefined) throw new Error("the source is not running");
    this.#process.send(message);
    return await answer(this.#process);
  }
}

/**
 * @param {import("node:child_process").ChildProcess} server
 * @returns {Promise<number>}
 */
async function answer(server) {
  const answered = new AbortController();
  const died = once(server, "exit", answered).then(([code]) => Promise.reject(new Error(`the source exited with ${code}`)));
  try {
    const [message] = await Promise.race([once(server, "message", answered), died]);
    return message;
  } finally {
    answered.abort(); // stops listening
  }
}
