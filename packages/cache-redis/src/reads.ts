import DataLoader from "dataloader";
import { messageOf } from "@lastgood/core/adapter";
import type { Commands } from "./clients/commands.ts";

type Ask = <Answer>(command: (commands: Commands) => Promise<Answer>) => Promise<Answer>;

// Limits the size of one reply, because other commands wait behind it.
const MOST_AT_ONCE = 100;

/**
 * Sends reads of the same moment as one MGET. A read sent alone costs a system call, which takes longer than everything
 * else. A Cluster spreads its keys over nodes, so there each read is sent alone.
 */
export class Reads {
  readonly #ask: Ask;
  readonly #isCluster: boolean;
  readonly #reads: DataLoader<string, Buffer | null>;
  /** Some Redis users may call GET but not MGET. */
  #areRefusedTogether = false;

  constructor(ask: Ask, isCluster: boolean) {
    this.#ask = ask;
    this.#isCluster = isCluster;
    this.#reads = new DataLoader((keys) => this.#readAll(keys), { cache: false, batch: !isCluster, maxBatchSize: MOST_AT_ONCE });
  }

  /** The value of the key, or `null`. */
  read(key: string): Promise<Buffer | null> {
    return this.#reads.load(key);
  }

  /** The values of many keys in one MGET, where there is one server that allows it. */
  async readMany(keys: readonly string[]): Promise<readonly (Buffer | null)[]> {
    if (keys.length === 0 || this.#isCluster || this.#areRefusedTogether) return Promise.all(keys.map((key) => this.read(key)));
    return (await this.#readTogether(keys)).map(foundOrThrow);
  }

  #readAll(keys: readonly string[]): Promise<readonly (Buffer | null | Error)[]> {
    return keys.length > 1 && !this.#areRefusedTogether ? this.#readTogether(keys) : Promise.all(keys.map((key) => this.#readOne(key)));
  }

  async #readTogether(keys: readonly string[]): Promise<readonly (Buffer | null | Error)[]> {
    try {
      return await this.#ask((commands) => commands.getMany(keys));
    } catch (error) {
      if (!messageOf(error).startsWith("NOPERM")) throw error;
      this.#areRefusedTogether = true;
      return this.#readAll(keys);
    }
  }

  /** Resolves with an error, so that it concerns this key alone. */
  #readOne(key: string): Promise<Buffer | null | Error> {
    return this.#ask((commands) => commands.get(key)).catch((error: Error) => error);
  }
}

function foundOrThrow(found: Buffer | null | Error): Buffer | null {
  if (found === null || "byteLength" in found) return found;
  throw found;
}
