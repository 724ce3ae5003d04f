import { Socket } from "node:net";
import pg from "pg";
import type { PostgresConnectionOptions, PostgresPool, PostgresPoolCallback } from "./options.ts";

/** Milliseconds. As long as core waits for a call: a connection that takes longer is of no use to anybody. */
const CONNECT_TIMEOUT = 10_000;

export const CONNECTIONS = 5;

/** A pool of our own. It keeps no process alive: whoever waits for an answer does so by other means. */
export class OwnPool implements PostgresPool {
  readonly #pool: pg.Pool;
  readonly #sockets = new Set<Socket>();
  #ended: Promise<void> | undefined;

  constructor(options: PostgresConnectionOptions) {
    const own = { allowExitOnIdle: true, stream: () => this.#socket(), Client: ImpatientClient };
    this.#pool = new pg.Pool({ max: CONNECTIONS, ...options, ...own });
    // An idle connection that breaks, since the server restarts say. Without a listener it would end the process.
    this.#pool.on("error", () => undefined);
  }

  connect(callback: PostgresPoolCallback): void {
    this.#pool.connect((error, client) => {
      // The pool has just done the opposite.
      for (const socket of this.#sockets) socket.unref();
      callback(error, client);
    });
  }

  /** Ends once every query has. */
  close(): Promise<void> {
    this.#ended ??= this.#close();
    return this.#ended;
  }

  async #close(): Promise<void> {
    await this.#pool.end();
    // A frozen server does not answer to a goodbye: nobody waits for it.
    for (const socket of this.#sockets) socket.destroySoon();
  }

  #socket(): Socket {
    const socket = new Socket();
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    // A host name may lead to several addresses: each attempt has a handle of its own.
    const unref = (): unknown => socket.unref();
    return socket.on("connectionAttempt", unref).once("connect", unref);
  }
}

/** Has the deadline for connecting. The pool has the same option, with a timer that keeps the process alive. */
class ImpatientClient extends pg.Client {
  constructor(config: pg.ClientConfig = {}) {
    // No copy: the pool hides the password from whoever makes one.
    const own: pg.ClientConfig = Object.create(config, { connectionTimeoutMillis: { value: CONNECT_TIMEOUT } });
    super(own);
  }
}
