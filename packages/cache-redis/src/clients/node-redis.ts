import type { ClientKind, Commands, ScriptArgument } from "./commands.ts";

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
  set(key: string, value: Buffer, options: { readonly PX: number }): Promise<unknown>;
  del(key: string): Promise<unknown>;
  evalSha(sha1: string, options: ScriptOptions): Promise<unknown>;
  eval(script: string, options: ScriptOptions): Promise<unknown>;
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
  methods: ["get", "mGet", "set", "del", "evalSha", "eval"],
  commands: (client) => new NodeRedisCommands(client),
};

class NodeRedisCommands implements Commands {
  readonly isCluster: boolean;
  readonly #client: NodeRedisClient;
  readonly #bytes: BytesClient;

  constructor(client: NodeRedisClient) {
    this.isCluster = typeof client.nodeClient === "function";
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
}

interface BytesClient {
  get(key: string): Promise<Buffer | null>;
  mGet(keys: string[]): Promise<(Buffer | null)[]>;
}
