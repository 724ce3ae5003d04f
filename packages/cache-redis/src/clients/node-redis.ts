import type { Channel, ChannelEvents, ClientKind, Commands, ScriptArgument } from "./commands.ts";

/** The part of a client of node-redis that is used: npm's `redis` 5 or 6, single, pool, Sentinel or Cluster, from any copy. */
export interface NodeRedisClient {
  /** Whether the user has called `connect`, and not yet `close` or `destroy`. */
  readonly isOpen: boolean;
  /** A pool has none, nor has a Cluster of version 5. */
  readonly isReady?: boolean;
  /** Only a Cluster has this one. */
  nodeClient?(node: never): unknown;
  /** The same client, with other types of replies. */
  withTypeMapping(types: typeof BYTES): object;
  get(key: string): Promise<unknown>;
  mGet(keys: string[]): Promise<unknown>;
  set(key: string, value: Buffer | string, options: { readonly PX: number; readonly condition?: "NX" }): Promise<unknown>;
  publish(channel: string, message: Buffer): Promise<unknown>;
  /** Only a Cluster has these: who has a slot. */
  readonly slots?: readonly ({ readonly master: object } | undefined)[];
  readonly masters?: readonly object[];
  del(key: string): Promise<unknown>;
  evalSha(sha1: string, options: ScriptOptions): Promise<unknown>;
  eval(script: string, options: ScriptOptions): Promise<unknown>;
}

/** A client of one server, which can be duplicated. */
interface SingleClient {
  duplicate(): SingleClient;
  on(event: string, listener: () => void): unknown;
  connect(): Promise<unknown>;
  unref(): unknown;
  ping(): Promise<unknown>;
  sendCommand(command: string[]): Promise<unknown>;
  subscribe(channel: string, listener: (message: Buffer) => void, asBytes: true): Promise<unknown>;
  destroy(): void;
}

interface ScriptOptions {
  keys?: string[];
  arguments?: ScriptArgument[];
}

/** Strings of replies come as bytes. The number is the `$` that stands before them in the protocol. */
const BYTES: { readonly 36: typeof Buffer } = { 36: Buffer };

export const nodeRedisKind: ClientKind<NodeRedisClient> = {
  title: "node-redis",
  sign: "withTypeMapping",
  methods: ["get", "mGet", "set", "del", "evalSha", "eval", "publish"],
  commands: (client) => new NodeRedisCommands(client),
};

class NodeRedisCommands implements Commands {
  readonly isCluster: boolean;
  /** A pool, and a client of Sentinels, cannot be duplicated for one server. */
  readonly canSubscribe: boolean;
  readonly #client: NodeRedisClient;
  readonly #bytes: BytesClient;

  constructor(client: NodeRedisClient) {
    this.isCluster = typeof client.nodeClient === "function";
    this.canSubscribe = this.isCluster || isSingle(client);
    this.#client = client;
    // With this mapping, the strings in replies are Buffers.
    this.#bytes = client.withTypeMapping(BYTES) as BytesClient;
  }

  get isReady(): boolean {
    const { isOpen, isReady = isOpen } = this.#client;
    return isReady;
  }

  /** A client that is not ready would queue commands for the outage. */
  outage(): string | undefined {
    if (this.isReady) return undefined;
    return this.#client.isOpen ? "the client is not ready yet, or reconnects" : "the client is not open; await its connect()";
  }

  get(key: string): Promise<Buffer | null> {
    return this.#bytes.get(key);
  }

  getMany(keys: readonly string[]): Promise<readonly (Buffer | null)[]> {
    return this.#bytes.mGet([...keys]);
  }

  set(key: string, value: Buffer, ttlMs: number): Promise<unknown> {
    return this.#client.set(key, value, { PX: ttlMs });
  }

  delete(key: string): Promise<unknown> {
    return this.#client.del(key);
  }

  evalSha(sha1: string, key: string, args: readonly ScriptArgument[]): Promise<unknown> {
    return this.#client.evalSha(sha1, { keys: [key], arguments: [...args] });
  }

  eval(script: string, key: string, args: readonly ScriptArgument[]): Promise<unknown> {
    return this.#client.eval(script, { keys: [key], arguments: [...args] });
  }

  async setIfAbsent(key: string, value: string, ttlMs: number): Promise<boolean> {
    return (await this.#client.set(key, value, { PX: ttlMs, condition: "NX" })) !== null;
  }

  publish(channel: string, message: Buffer): Promise<unknown> {
    return this.#client.publish(channel, message);
  }

  async subscribe(channel: string, told: ChannelEvents): Promise<Channel> {
    const client = (await this.#nodeOf(channel)).duplicate();
    client.unref();
    // A client that comes back has missed messages, so the next subscription is another client. This one must end within the event: a little
    // later it would connect once more, and nothing would close that connection.
    const end = (): void => {
      destroy(client);
      told.ended();
    };
    for (const event of ["error", "end", "reconnecting"]) client.on(event, end);
    try {
      await client.connect();
      await client.subscribe(channel, told.heard, true);
    } catch (error) {
      destroy(client);
      throw error;
    }
    return { confirm: () => client.ping(), close: () => destroy(client) };
  }

  /** A client of the server that has this key, to make another of. */
  async #nodeOf(key: string): Promise<SingleClient> {
    const node: unknown = this.isCluster ? await this.#masterOf(key) : this.#client;
    if (isSingle(node)) return node;
    throw new Error("no node of the Cluster has the slot of the channel");
  }

  async #masterOf(key: string): Promise<unknown> {
    const client = this.#client;
    const [any] = client.masters ?? [];
    const asked = any === undefined ? undefined : ((await client.nodeClient?.(any as never)) as SingleClient); // nodes are single clients
    const slot = Number(await asked?.sendCommand(["CLUSTER", "KEYSLOT", key]));
    const master = client.slots?.[slot]?.master;
    return master === undefined ? undefined : client.nodeClient?.(master as never); // it is one of its own
  }
}

interface BytesClient {
  get(key: string): Promise<Buffer | null>;
  mGet(keys: string[]): Promise<(Buffer | null)[]>;
}

function isSingle(node: unknown): node is SingleClient {
  const methods = ["duplicate", "on", "connect", "unref", "ping", "subscribe", "destroy"] as const;
  return typeof node === "object" && node !== null && methods.every((name) => typeof Reflect.get(node, name) === "function");
}

/** A second call throws. */
function destroy(client: SingleClient): void {
  try {
    client.destroy();
  } catch {
    // It was closed already.
  }
}
