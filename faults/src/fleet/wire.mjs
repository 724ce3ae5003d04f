import { once } from "node:events";
import { connect, createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/**
 * @typedef {import("node:net").Socket} Socket
 * @typedef {"commands" | "subscription"} Role What a connection to Redis is for.
 * @typedef {{ client: Socket, server: Socket, role: Role }} Pair
 */

const HOST = "127.0.0.1";

/** @type {readonly Role[]} */
const ALL = ["commands", "subscription"];

/** The network between one process and Redis. It tells the connection of the subscription from that of commands, and one can fail alone. */
export class Wire {
  /** How much later everything arrives, in each direction. */
  delayMs = 0;
  /** Is shown each request, which is passed on when what it returns has resolved. @type {(request: string, role: Role) => Promise<void> | undefined} */
  before = () => undefined;
  #target = 0;
  #port = 0;
  /** @type {import("node:net").Server | undefined} */ #listener;
  /** @type {Set<Pair>} */ #pairs = new Set();
  /** @type {Set<Role>} */ #stalled = new Set();
  /** The last bytes that are on their way to a socket. @type {Map<Socket, Promise<void>>} */ #delayed = new Map();

  /** @param {number} target The port of the server. */
  static async to(target) {
    const wire = new Wire();
    wire.#target = target;
    await wire.open();
    return wire;
  }

  get port() {
    return this.#port;
  }

  /** Takes connections, also again after `close()`. */
  async open() {
    const listener = createServer((client) => this.#join(client));
    this.#listener = listener;
    await once(listener.listen(this.#port, HOST), "listening");
    this.#port = /** @type {import("node:net").AddressInfo} */ (listener.address()).port; // it listens on a port
  }

  /** Refuses connections, and cuts those that are there. */
  async close() {
    const listener = this.#listener;
    if (listener === undefined) return;
    this.#listener = undefined;
    const closed = once(listener, "close");
    listener.close();
    this.cut();
    await closed;
  }

  /** Nothing gets through any more, and nobody is told. @param {readonly Role[]} roles */
  stall(roles = ALL) {
    for (const role of roles) this.#stalled.add(role);
    for (const pair of this.#pairs) this.#apply(pair);
  }

  /** What was held up gets through, and all that follows. */
  flow() {
    this.#stalled.clear();
    for (const pair of this.#pairs) this.#apply(pair);
  }

  /** Ends the connections. @param {readonly Role[]} roles */
  cut(roles = ALL) {
    for (const pair of this.#pairs) if (roles.includes(pair.role)) for (const socket of [pair.client, pair.server]) socket.destroy();
  }

  /** @param {Socket} client */
  #join(client) {
    /** @type {Pair} */
    const pair = { client, server: connect(this.#target, HOST), role: "commands" };
    this.#pairs.add(pair);
    for (const socket of [client, pair.server]) {
      socket.setNoDelay(true);
      socket.on("error", () => {}); // whatever happens to one end happens to the other
      socket.on("close", () => this.#part(pair));
    }
    client.on("data", (request) => this.#asked(pair, request));
    pair.server.on("data", (reply) => this.#pass(client, reply));
    this.#apply(pair);
  }

  /** @param {Pair} pair @param {Buffer} request */
  #asked(pair, request) {
    const text = request.toString("latin1").toLowerCase();
    if (/\r\nsubscribe\r\n/.test(text)) {
      pair.role = "subscription";
      this.#apply(pair);
    }
    const held = this.before(text, pair.role);
    if (held === undefined) this.#pass(pair.server, request);
    else void this.#passAfter(held, pair, request);
  }

  /** What follows on this connection waits too. @param {Promise<void>} held @param {Pair} pair @param {Buffer} request */
  async #passAfter(held, pair, request) {
    pair.client.pause();
    await held;
    this.#pass(pair.server, request);
    pair.client.resume();
  }

  /** Nothing overtakes what is still delayed. @param {Socket} socket @param {Buffer} bytes */
  #pass(socket, bytes) {
    const before = this.#delayed.get(socket);
    if (this.delayMs === 0 && before === undefined) return void socket.write(bytes);
    const passing = this.#passLater(socket, bytes, before).finally(() => {
      if (this.#delayed.get(socket) === passing) this.#delayed.delete(socket);
    });
    this.#delayed.set(socket, passing);
  }

  /** @param {Socket} socket @param {Buffer} bytes @param {Promise<void> | undefined} before */
  async #passLater(socket, bytes, before) {
    await Promise.all([before, pause(this.delayMs)]);
    socket.write(bytes);
  }

  /** @param {Pair} pair */
  #apply({ client, server, role }) {
    for (const socket of [client, server]) {
      if (this.#stalled.has(role)) socket.pause();
      else socket.resume();
    }
  }

  /** @param {Pair} pair */
  #part(pair) {
    this.#pairs.delete(pair);
    for (const socket of [pair.client, pair.server]) socket.destroySoon();
  }
}
