/** What the cache asks of a server, through whatever client the user has. */
export interface Commands {
  /** A Cluster spreads its keys over nodes, so no command there may name several keys. */
  readonly isCluster: boolean;
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
