import { Cluster, Redis } from "ioredis";
import type { Awaitable } from "@lastgood/core/adapter";
import { safeError } from "./errors.ts";
import { backOff, clusterSettings, CONNECT_TIMEOUT, settings } from "./settings.ts";
import type { RedisClient, RedisConnectionOptions, Source } from "./options.ts";
import { unref } from "./unref.ts";

/** A client, and whether it can take commands. */
export interface Connection {
  readonly client: RedisClient;
  /**
   * Called if the client is not ready. Resolves once the client takes commands. Throws or rejects if the server is away,
   * so that no command waits for it.
   */
  up(): Awaitable<void>;
  close(): void;
}

export function connectionTo(source: Source): Connection {
  if (source.kind === "client") return new GivenConnection(source.client);
  if (source.kind === "options") return new OwnConnection(new Redis(settings(source.options)), retriesOf(source.options));
  return new OwnConnection(new Cluster([...source.nodes], clusterSettings(source.credentials)));
}

/** The connection itself retries when all Sentinels are away: a retry timer of ioredis would keep the process alive. */
function retriesOf({ sentinels, sentinelRetryStrategy = backOff }: RedisConnectionOptions): Retries | undefined {
  return sentinels === undefined || sentinelRetryStrategy === null ? undefined : sentinelRetryStrategy;
}

/** Returns the milliseconds until the next attempt. Without a number there is none. */
type Retries = (attempt: number) => number | void | null;

/** The user's client, with the user's settings and listeners. The user closes it. */
class GivenConnection implements Connection {
  readonly client: RedisClient;

  constructor(client: RedisClient) {
    this.client = client;
  }

  up(): void {
    const { status } = this.client;
    // In these states a command would be queued for the outage, or as long as the user's settings say.
    if (["close", "reconnecting", "disconnecting", "end"].includes(status)) throw new Error(`not connected: the client's status is "${status}"`);
  }

  close(): void {}
}

/**
 * Our own client. The first commands wait for the first connection. Once the server is known to be away, commands fail at
 * once until it is back.
 */
class OwnConnection implements Connection {
  readonly client: Redis | Cluster;
  #first: Promise<void> | undefined;
  #down: Error | undefined;
  #wrongDatabase: Error | undefined;
  #closed = false;

  constructor(client: Redis | Cluster, retries?: Retries) {
    this.client = unref(client);
    // Without a listener for "error", the first error would end the process.
    client.on("error", (error: unknown) => {
      this.#down = this.#wrongDatabase ?? safeError(error);
      if (isOfSelect(error)) this.#refuseDatabase(this.#down);
    });
    // Usually an "error" came before, which says more.
    client.on("close", () => this.#isDown(new Error("the connection was closed")));
    client.on("ready", () => {
      this.#down = undefined;
      this.#wrongDatabase = undefined;
    });
    if (retries !== undefined) this.#retryAfterEnd(retries);
  }

  up(): Awaitable<void> {
    if (this.#down !== undefined) throw notConnected(this.#down);
    return (this.#first ??= this.#connect());
  }

  close(): void {
    this.#closed = true;
    this.#isDown(new Error("this cache has been closed"));
    this.client.disconnect();
  }

  async #connect(): Promise<void> {
    try {
      // connect() alone would not end while a server loads its data, or while Sentinels are silent.
      await Promise.race([this.client.connect(), timeout()]);
    } catch (error) {
      throw notConnected(this.#isDown(error));
    }
  }

  /** Without this, ioredis would use database 0, which may belong to somebody else. Later errors of this connection follow from this one. */
  #refuseDatabase(reason: Error): void {
    this.#wrongDatabase = reason;
    this.client.disconnect(true);
  }

  #retryAfterEnd(retries: Retries): void {
    let attempts = 0;
    this.client.on("ready", () => (attempts = 0));
    this.client.on("end", () => {
      attempts += 1;
      const delay = retries(attempts);
      // A rejection is also emitted as "error".
      const connect = (): unknown => this.#closed || this.client.connect().catch(() => undefined);
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

function notConnected({ message }: Error): Error {
  return new Error(`not connected: ${message}`);
}
