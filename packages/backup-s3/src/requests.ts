import type { $Command, S3Client, S3ClientResolvedConfig, ServiceInputTypes, ServiceOutputTypes } from "@aws-sdk/client-s3";

type Command<I extends ServiceInputTypes, O extends ServiceOutputTypes> = $Command<I, O, S3ClientResolvedConfig, ServiceInputTypes, ServiceOutputTypes>;

/** Sends commands. The signal covers the request and its answer to the last byte. */
export interface Requests {
  send<I extends ServiceInputTypes, O extends ServiceOutputTypes>(command: Command<I, O>, signal: AbortSignal | undefined): Promise<O>;
}

/** Through a client of the user's, whose middleware may change at any time. */
export class UsersRequests implements Requests {
  readonly #client: S3Client;

  constructor(client: S3Client) {
    this.#client = client;
  }

  send<I extends ServiceInputTypes, O extends ServiceOutputTypes>(command: Command<I, O>, signal: AbortSignal | undefined): Promise<O> {
    return this.#client.send(command, signal ? { abortSignal: signal } : {});
  }
}

/** What the SDK has made of all middleware for a kind of command. It takes one request at a time, since it notes things of it. */
interface Path {
  readonly handler: unknown;
  /** The handler holds these, and reads them for each request. */
  readonly options: { readonly abortSignal?: AbortSignal };
}

/** Of each kind, at least as many as writes have under way. Reads have no limit, so a burst of them must not leave paths behind. */
const MOST_IDLE = 32;

/**
 * Through a client of our own, whose middleware never changes. For each request the SDK sorts some twenty middlewares and
 * chains them anew, which is a fifth of its work and garbage. So the chain of a request that succeeded serves the next one.
 */
export class OwnRequests implements Requests {
  readonly #client: S3Client;
  readonly #idle = new Map<unknown, Path[]>();

  constructor(client: S3Client) {
    this.#client = client;
  }

  async send<I extends ServiceInputTypes, O extends ServiceOutputTypes>(command: Command<I, O>, signal: AbortSignal | undefined): Promise<O> {
    const idle = this.#idleOf(command.constructor);
    const path = idle.pop() ?? this.#newPath(command.constructor);
    Object.assign(path.options, { abortSignal: signal });
    command.resolveMiddleware = () => path.handler as ReturnType<typeof command.resolveMiddleware>; // of this kind of command
    const output = await this.#client.send(command, path.options);
    // Not if it failed: its work may not be over.
    if (idle.length < MOST_IDLE) idle.push(path);
    return output;
  }

  #idleOf(kind: unknown): Path[] {
    const there = this.#idle.get(kind);
    if (there !== undefined) return there;
    const idle: Path[] = [];
    this.#idle.set(kind, idle);
    return idle;
  }

  /** Made for a command without input: the SDK keeps the command that a chain was made for, and with it a record's bytes. */
  #newPath(kind: Function): Path {
    const empty: Command<ServiceInputTypes, ServiceOutputTypes> = Reflect.construct(kind, [{}]);
    const options = {};
    return { options, handler: empty.resolveMiddleware(this.#client.middlewareStack, this.#client.config, options) };
  }
}
