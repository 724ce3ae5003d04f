import type { Cluster, Redis } from "ioredis";
import type { Awaitable } from "@lastgood/core/adapter";
import type { Commands } from "./clients/commands.ts";
import { ioredisKind } from "./clients/ioredis.ts";
import { type Connection, notConnected } from "./connection.ts";
import { safeError } from "./errors.ts";
import { checkLibrary, type Library, loadLibrary } from "./library.ts";
import type { RedisConnectionOptions } from "./connection-options.ts";
import { backOff, clusterSettings, CONNECT_TIMEOUT, settings } from "./settings.ts";
import { unref } from "./unref.ts";
import type { UrlSource } from "./url.ts";

/** A connection through a client of our own. Throws if ioredis is not installed. */
export function ownConnection(source: UrlSource): Connection {
  checkLibrary();
  if (source.kind === "options") {
    const { options } = source;
    return new OwnConnection(false, ({ Redis }) => new Redis(settings(options)), retriesOf(options));
  }
  const { nodes, credentials } = source;
  return new OwnConnection(true, ({ Cluster }) => new Cluster([...nodes], clusterSettings(credentials)));
}

/** The connection itself retries when all Sentinels are away: a retry timer of ioredis would keep the process alive. */
function retriesOf({ sentinels, sentinelRetryStrategy = backOff }: RedisConnectionOptions): Retries | undefined {
  return sentinels === undefined || sentinelRetryStrategy === null ? undefined : sentinelRetryStrategy;
}

/** Returns the milliseconds until the next attempt. Without a number there is none. */
type Retries = (attempt: number) => number | void | null;

/**
 * Our own client. The first commands wait for the first connection. Once the server is known to be away, commands fail at
 * once until it is back.
 */
class OwnConnection implements Connection {
  readonly isCluster: boolean;
  readonly canSubscribe = true;
  readonly #client: Promise<Redis | Cluster>;
  #commands: Commands | undefined;
  #first: Promise<Commands> | undefined;
  #down: Error | undefined;
  #wrongDatabase: Error | undefined;
  #closed = false;

  constructor(isCluster: boolean, make: (library: Library) => Redis | Cluster, retries?: Retries) {
    this.isCluster = isCluster;
    // Made now, so that the first call does not spend its deadline on loading ioredis. It connects with that call.
    this.#client = loadLibrary().then((library) => this.#watched(make(library), retries));
    // The first call reports the failure.
    this.#client.catch(() => undefined);
  }

  commands(): Awaitable<Commands> {
    if (this.#commands?.isReady === true) return this.#commands;
    if (this.#down !== undefined) throw notConnected(this.#down.message);
    return (this.#first ??= this.#connect());
  }

  async subscriber(): Promise<Commands> {
    // A Cluster has to be connected to know its nodes.
    return this.isCluster ? this.commands() : ioredisKind.commands(await this.#client);
  }

  close(): void {
    this.#closed = true;
    this.#isDown(new Error("this cache has been closed"));
    this.#client.then(
      (client) => client.disconnect(),
      () => undefined,
    );
  }

  async #connect(): Promise<Commands> {
    try {
      const client = await this.#client;
      if (this.#down !== undefined) throw this.#down;
      // connect() alone would not end while a server loads its data, or while Sentinels are silent.
      await Promise.race([client.connect(), timeout()]);
      return ioredisKind.commands(client);
    } catch (error) {
      throw notConnected(this.#isDown(error).message);
    }
  }

  #watched(made: Redis | Cluster, retries: Retries | undefined): Redis | Cluster {
    const client = unref(made);
    // Without a listener for "error", the first error would end the process.
    client.on("error", (error: unknown) => {
      this.#down = this.#wrongDatabase ?? safeError(error);
      if (isOfSelect(error)) this.#refuseDatabase(client, this.#down);
    });
    // Usually an "error" came before, which says more.
    client.on("close", () => this.#isDown(new Error("the connection was closed")));
    client.on("ready", () => {
      this.#down = undefined;
      this.#wrongDatabase = undefined;
    });
    if (retries !== undefined) this.#retryAfterEnd(client, retries);
    this.#commands = ioredisKind.commands(client);
    return client;
  }

  /** Without this, ioredis would use database 0, which may belong to somebody else. Later errors of this connection follow from this one. */
  #refuseDatabase(client: Redis | Cluster, reason: Error): void {
    this.#wrongDatabase = reason;
    client.disconnect(true);
  }

  #retryAfterEnd(client: Redis | Cluster, retries: Retries): void {
    let attempts = 0;
    client.on("ready", () => (attempts = 0));
    client.on("end", () => {
      attempts += 1;
      const delay = retries(attempts);
      // A rejection is also emitted as "error".
      const connect = (): unknown => this.#closed || client.connect().catch(() => undefined);
      if (typeof delay === "number") setTimeout(connect, delay).unref();
    });
  }

  #isDown(reason: unknown): Error {
    return (this.#down ??= safeError(reason));
  }
}

/** Whether the server has refused the SELECT of the database. */
function isOfSelect(error: unknown): boolean {
  const command: unknown = typeof error === "object" && error !== null && "command" in error ? error.command : undefined;
  return typeof command === "object" && command !== null && "name" in command && command.name === "select";
}

function timeout(): Promise<never> {
  const error = new Error(`the server was not ready after ${CONNECT_TIMEOUT} ms`);
  return new Promise((_, reject) => setTimeout(() => reject(error), CONNECT_TIMEOUT).unref());
}
