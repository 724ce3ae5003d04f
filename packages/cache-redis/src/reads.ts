import DataLoader from "dataloader";
import { messageOf } from "@lastgood/core/adapter";
import type { RedisClient } from "./options.ts";

type Ask = <Answer>(command: (client: RedisClient) => Promise<Answer>) => Promise<Answer>;

// One reply must not grow without end: somebody else's command waits behind it.
const MOST_AT_ONCE = 100;

/**
 * Reads that are asked for together go to the server together, as one command: each that is sent by itself costs a call of
 * the operating system, which takes longer than all the rest. The nodes of a Cluster have a part of the keys each: there
 * they go one by one.
 */
export class Reads {
  readonly #ask: Ask;
  readonly #reads: DataLoader<string, Buffer | null>;
  /** To some users GET is allowed and MGET is not. */
  #areRefusedTogether = false;

  constructor(ask: Ask, isCluster: boolean) {
    this.#ask = ask;
    this.#reads = new DataLoader((keys) => this.#readAll(keys), { cache: false, batch: !isCluster, maxBatchSize: MOST_AT_ONCE });
  }

  /** The value of the key, or `null`. */
  read(key: string): Promise<Buffer | null> {
    return this.#reads.load(key);
  }

  #readAll(keys: readonly string[]): Promise<readonly (Buffer | null | Error)[]> {
    return keys.length > 1 && !this.#areRefusedTogether ? this.#readTogether(keys) : Promise.all(keys.map((key) => this.#readOne(key)));
  }

  async #readTogether(keys: readonly string[]): Promise<readonly (Buffer | null | Error)[]> {
    try {
      return await this.#ask((client) => client.mgetBuffer([...keys]));
    } catch (error) {
      if (!messageOf(error).startsWith("NOPERM")) throw error;
      this.#areRefusedTogether = true;
      return this.#readAll(keys);
    }
  }

  /** An error is the answer for this key alone. */
  #readOne(key: string): Promise<Buffer | null | Error> {
    return this.#ask((client) => client.getBuffer(key)).catch((error: Error) => error);
  }
}
