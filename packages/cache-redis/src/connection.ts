import type { Awaitable } from "@lastgood/core/adapter";
import type { Commands } from "./clients/commands.ts";

/** A way to a server. */
export interface Connection {
  /** Whether keys are spread over nodes. */
  readonly isCluster: boolean;
  readonly canSubscribe: boolean;
  /** The commands, once they are sent at once. Throws or rejects if the server is away, so that no command waits for it. */
  commands(): Awaitable<Commands>;
  /** What can subscribe, whether the server is there or not. It makes a connection of its own. */
  subscriber(): Promise<Pick<Commands, "subscribe">>;
  close(): void;
}

/** The user's client, with the user's settings and listeners. The user closes it. */
export class GivenConnection implements Connection {
  readonly isCluster: boolean;
  readonly canSubscribe: boolean;
  readonly #commands: Commands;

  constructor(commands: Commands) {
    this.isCluster = commands.isCluster;
    this.canSubscribe = commands.canSubscribe;
    this.#commands = commands;
  }

  commands(): Commands {
    const outage = this.#commands.outage();
    if (outage !== undefined) throw notConnected(outage);
    return this.#commands;
  }

  async subscriber(): Promise<Commands> {
    return this.#commands;
  }

  close(): void {}
}

export function notConnected(why: string): Error {
  return new Error(`not connected: ${why}`);
}
