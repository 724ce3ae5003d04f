import { once } from "node:events";
import { connect, createServer } from "node:net";
import { freePort, HOST } from "./ports.mjs";

/**
 * @typedef {import("node:net").Socket} Socket
 * @typedef {{ client: Socket, server: Socket }} Pair
 */

/**
 * Puts a network that fails on demand between a client and a server of this machine.
 * @param {number} target The server's port.
 * @returns {Promise<Proxy>}
 */
export async function startProxy(target) {
  const proxy = new Proxy(target, await freePort());
  await proxy.open();
  return proxy;
}

class Proxy {
  host = HOST;
  /** @type {number} */ port;
  /** @type {number} */ #target;
  /** @type {import("node:net").Server | undefined} */ #listener;
  /** @type {Set<Pair>} */ #pairs = new Set();
  /** How much later a request arrives, in milliseconds: the server is as far away. Replies come at once. */
  delayMs = 0;
  #stalled = false;
  /** @type {(reply: Buffer, pair: Pair) => Buffer | undefined} */ #reply = (reply) => reply;
  /** How many connections there have been. */
  connections = 0;

  /** @param {number} target @param {number} port */
  constructor(target, port) {
    this.#target = target;
    this.port = port;
  }

  /** How many connections there are now. */
  get current() {
    return this.#pairs.size;
  }

  /** Takes connections, also again after `close()`. */
  async open() {
    const listener = createServer((client) => this.#join(client));
    this.#listener = listener;
    await once(listener.listen(this.port, HOST), "listening");
  }

  /** Refuses connections, and cuts those that are there. */
  async close() {
    const listener = this.#listener;
    if (!listener) return;
    this.#listener = undefined;
    const closed = once(listener, "close");
    listener.close();
    this.cut();
    await closed;
  }

  /** Nothing gets through any more, in either direction, and nobody is told. */
  stall() {
    this.#stalled = true;
    for (const { client, server } of this.#pairs) for (const socket of [client, server]) socket.pause();
  }

  /** What was held up gets through, and all that follows. */
  flow() {
    this.#stalled = false;
    this.#reply = (reply) => reply;
    for (const { client, server } of this.#pairs) for (const socket of [client, server]) socket.resume();
  }

  /** Ends every connection in good order. */
  cut() {
    for (const { client, server } of this.#pairs) for (const socket of [client, server]) socket.destroy();
  }

  /** Resets every connection. */
  reset() {
    for (const { client, server } of this.#pairs) for (const socket of [client, server]) socket.resetAndDestroy();
  }

  /**
   * Lets so many more bytes of replies through, and then ends the connection that they came by. Connections made after
   * that are sound.
   * @param {number} bytes
   */
  cutAfter(bytes) {
    let left = bytes;
    this.#reply = (reply, { client, server }) => {
      if (reply.length <= left) {
        left -= reply.length;
        return reply;
      }
      this.#reply = (next) => next;
      server.destroy();
      client.end(reply.subarray(0, left));
      return undefined;
    };
  }

  /**
   * Puts something else in the place of the next reply.
   * @param {(reply: Buffer) => Buffer} change
   */
  replaceNext(change) {
    this.#reply = (reply) => {
      this.#reply = (next) => next;
      return change(reply);
    };
  }

  /** @param {Socket} client */
  #join(client) {
    this.connections += 1;
    const pair = { client, server: connect(this.#target, HOST) };
    this.#pairs.add(pair);
    for (const socket of [client, pair.server]) {
      socket.setNoDelay(true);
      // Whatever happens to one end happens to the other.
      socket.on("error", () => {});
      socket.on("close", () => this.#part(pair));
      if (this.#stalled) socket.pause();
    }
    client.on("data", (request) => this.#forward(request, pair.server));
    pair.server.on("data", (reply) => {
      const changed = this.#reply(reply, pair);
      if (changed) client.write(changed);
    });
  }

  /** @param {Buffer} request @param {Socket} server */
  #forward(request, server) {
    if (this.delayMs === 0) server.write(request);
    else setTimeout(() => server.write(request), this.delayMs);
  }

  /** @param {Pair} pair */
  #part(pair) {
    this.#pairs.delete(pair);
    for (const socket of [pair.client, pair.server]) socket.destroySoon();
  }
}
