import { Cluster, Redis } from "ioredis";
import type { Awaitable } from "@lastgood/core/adapter";
import { safeError } from "./errors.ts";
import { backOff, clusterSettings, CONNECT_TIMEOUT, settings } from "./settings.ts";
import type { RedisClient, RedisConnectionOptions, Source } from "./options.ts";
import { unref } from "./unref.ts";

/** A client, and whether there is any use in asking it. */
export interface Connection {
  readonly client: RedisClient;
  /**
   * For a client that is not ready: ends when it will take commands. Throws, or rejects, if they would only wait for a
   * server that is away.
   */
  up(): Awaitable<void>;
  close(): void;
}

export function connectionTo(source: Source): Connection {
  if (source.kind === "client") return new GivenConnection(source.client);
  if (source.kind === "options") return new OwnConnection(new Redis(settings(source.options)), retriesOf(source.options));
  return new OwnConnection(new Cluster([...source.nodes], clusterSettings(source.credentials)));
}

/** Sentinels that are all away are asked again by the connection: a pause of ioredis's own would hold the process. */
function retriesOf({ sentinels, sentinelRetryStrategy = backOff }: RedisConnectionOptions): Retries | undefined {
  return sentinels === undefined || sentinelRetryStrategy === null ? undefined : sentinelRetryStrategy;
}

/** Milliseconds until the next attempt; no number, and there is none. */
type Retries = (attempt: number) => number | void | null;

/** The user's client: it has the user's settings and listeners, and it is the user who closes it. */
class GivenConnection implements Connection {
  readonly client: RedisClient;

  constructor(client: RedisClient) {
    this.client = client;
  }

  up(): void {
    const { status } = this.client;
    // In these a command would be queued, for as long as the outage lasts or the user's settings have it.
    if (["close", "reconnecting", "disconnecting", "end"].includes(status)) throw new Error(`not connected: the client's status is "${status}"`);
  }

  close(): void {}
}

/**
 * A client of our own. The first commands wait for the first connection. Once the server is known to be away they fail at
 * once, until it is back.
 */
class OwnConnection implements Connection {
  readonly client: Redis | Cluster;
  #first: Promise<void> | undefined;
  #down: Error | undefined;
  #wrongDatabase: Error | undefined;
  #closed = false;

  constructor(client: Redis | Cluster, retries?: Retries) {
    this.client = unref(client);
    // Without a listener for "error" the first one would end the process.
    client.on("error", (error: unknown) => {
      this.#down = this.#wrongDatabase ?? safeError(error);
      if (isOfSelect(error)) this.#refuseDatabase(this.#down);
    });
    // Mostly there has been an error, and it says more.
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
      // By itself it does not end while a server loads its data, or while Sentinels are silent.
      await Promise.race([this.client.connect(), timeout()]);
    } catch (error) {
      throw notConnected(this.#isDown(error));
    }
  }

  /** ioredis would go on in database 0, which may be somebody else's. What it says of this connection from now on is a consequence. */
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
      // What it rejects with is an event as well.
      const connect = (): unknown => this.#closed || this.client.connect().catch(() => undefined);
      if (typeof delay === "number") setTimeout(connect, delay).unref();
    });
  }

  #isDown(reason: unknown): Error {
    return (this.#down ??= safeError(reason));
  }
}

/** Whether the server has refused to choose the database. */
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
