/** What the cache asks of a server, through whatever client the user has. */
export interface Commands {
  /** A Cluster spreads its keys over nodes, so no command there may name several keys. */
  readonly isCluster: boolean;
  /** Whether `subscribe` can make a connection of its own. */
  readonly canSubscribe: boolean;
  /** Whether a command would be sent at once. */
  readonly isReady: boolean;
  /** Why a command would wait for the end of an outage. `undefined` if the client is ready, or on its first way to the server. */
  outage(): string | undefined;

  get(key: string): Promise<Buffer | null>;
  getMany(keys: readonly string[]): Promise<readonly (Buffer | null)[]>;
  set(key: string, value: Buffer, ttlMs: number): Promise<unknown>;
  delete(key: string): Promise<unknown>;
  /** Runs a script that the server already knows by its hash. */
  evalSha(sha1: string, key: string, args: readonly ScriptArgument[]): Promise<unknown>;
  eval(script: string, key: string, args: readonly ScriptArgument[]): Promise<unknown>;
  /** Like `set`, unless the key is there. Resolves with whether it was set. */
  setIfAbsent(key: string, value: string, ttlMs: number): Promise<boolean>;
  publish(channel: string, message: Buffer): Promise<unknown>;
  /**
   * Subscribes through a connection of its own, which keeps no process alive and does not come back when it is lost. Resolves once messages
   * are heard. In a Cluster, the connection goes to the node with the channel's slot, to which messages are published: only there do messages
   * and answers come in one order.
   */
  subscribe(channel: string, told: ChannelEvents): Promise<Channel>;
}

/** What a subscription tells. */
export interface ChannelEvents {
  heard(message: Buffer): void;
  /** The connection is lost. May be called twice. */
  ended(): void;
}

/** A subscription to one channel. */
export interface Channel {
  /** Resolves with an answer that came through the same connection, behind all earlier messages. */
  confirm(): Promise<unknown>;
  close(): void;
}

export type ScriptArgument = string | Buffer;

/** One kind of client library. A client is recognised by its methods, because several copies of its class may be loaded. */
export interface ClientKind<Client extends object> {
  /** The name in error messages. */
  readonly title: string;
  /** The method that only clients of this kind have. */
  readonly sign: string & keyof Client;
  /** The other methods that are called. */
  readonly methods: readonly (string & keyof Client)[];
  readonly commands: (client: Client) => Commands;
}
