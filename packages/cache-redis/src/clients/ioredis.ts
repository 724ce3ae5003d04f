import { openIoredisChannel, type Subscribing } from "./ioredis-channel.ts";
import type { Channel, ChannelEvents, ClientKind, Commands, ScriptArgument } from "./commands.ts";

/** The part of a client of ioredis 5, ioredis 6 or iovalkey that is used: single, Sentinel or Cluster, from any copy. */
export interface IoredisClient extends Subscribing {
  readonly status: string;
  readonly isCluster: boolean;
  getBuffer(key: string): Promise<Buffer | null>;
  mgetBuffer(keys: string[]): Promise<(Buffer | null)[]>;
  set(key: string, value: Buffer, unit: "PX", ttlMs: number): Promise<unknown>;
  set(key: string, value: string, unit: "PX", ttlMs: number, condition: "NX"): Promise<unknown>;
  publish(channel: string, message: Buffer): Promise<unknown>;
  /** Of a Cluster. */
  nodes?(): readonly Subscribing[];
  /** Of a Cluster: which nodes have a slot, the master first. */
  readonly slots?: readonly (readonly string[])[];
  cluster?(command: "KEYSLOT", key: string): Promise<unknown>;
  del(key: string): Promise<unknown>;
  evalsha(sha1: string, keys: number, key: string, ...args: (string | number | Buffer)[]): Promise<unknown>;
  eval(script: string, keys: number, key: string, ...args: (string | number | Buffer)[]): Promise<unknown>;
}

export const ioredisKind: ClientKind<IoredisClient> = {
  title: "ioredis",
  sign: "getBuffer",
  methods: ["mgetBuffer", "set", "del", "evalsha", "eval", "publish", "duplicate"],
  commands: (client) => new IoredisCommands(client),
};

/** In these states a command is queued for the outage, or for as long as the settings of the client say. */
const AWAY = new Set(["close", "reconnecting", "disconnecting", "end"]);

interface Address {
  readonly host: string;
  readonly port: number;
}

// To learn the address of a node: how often, and the milliseconds between.
const ATTEMPTS = 4;
const PAUSE = 50;

class IoredisCommands implements Commands {
  readonly isCluster: boolean;
  readonly canSubscribe = true;
  readonly #client: IoredisClient;

  constructor(client: IoredisClient) {
    this.isCluster = client.isCluster;
    this.#client = client;
  }

  get isReady(): boolean {
    return this.#client.status === "ready";
  }

  outage(): string | undefined {
    const { status } = this.#client;
    return AWAY.has(status) ? `the client's status is "${status}"` : undefined;
  }

  get(key: string): Promise<Buffer | null> {
    return this.#client.getBuffer(key);
  }

  getMany(keys: readonly string[]): Promise<readonly (Buffer | null)[]> {
    return this.#client.mgetBuffer([...keys]);
  }

  set(key: string, value: Buffer, ttlMs: number): Promise<unknown> {
    return this.#client.set(key, value, "PX", ttlMs);
  }

  delete(key: string): Promise<unknown> {
    return this.#client.del(key);
  }

  evalSha(sha1: string, key: string, args: readonly ScriptArgument[]): Promise<unknown> {
    return this.#client.evalsha(sha1, 1, key, ...args);
  }

  eval(script: string, key: string, args: readonly ScriptArgument[]): Promise<unknown> {
    return this.#client.eval(script, 1, key, ...args);
  }

  async setIfAbsent(key: string, value: string, ttlMs: number): Promise<boolean> {
    return (await this.#client.set(key, value, "PX", ttlMs, "NX")) !== null;
  }

  publish(channel: string, message: Buffer): Promise<unknown> {
    return this.#client.publish(channel, message);
  }

  async subscribe(channel: string, told: ChannelEvents): Promise<Channel> {
    if (!this.isCluster) return openIoredisChannel(this.#client, {}, channel, told);
    const [node] = this.#client.nodes?.() ?? [];
    if (node === undefined) throw new Error("the Cluster has no node yet");
    return openIoredisChannel(node, await this.#addressOf(channel), channel, told);
  }

  /** A Cluster that has just connected asks nodes that it drops right after that. */
  async #addressOf(key: string): Promise<Address> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#askAddressOf(key);
      } catch (error) {
        if (attempt === ATTEMPTS) throw error;
        await new Promise((resolve) => void setTimeout(resolve, PAUSE).unref());
      }
    }
  }

  /** Where the server is that has this key. */
  async #askAddressOf(key: string): Promise<Address> {
    const slot = Number(await this.#client.cluster?.("KEYSLOT", key));
    const [address] = this.#client.slots?.[slot] ?? [];
    if (address === undefined) throw new Error("no node of the Cluster has the slot of the channel");
    const colon = address.lastIndexOf(":"); // the host may be of IPv6
    return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
  }
}
