import { messageOf } from "@lastgood/core/adapter";
import type { Commands } from "./clients/commands.ts";
import { payloadOf } from "./stamp.ts";

type Ask = <Answer>(command: (commands: Commands) => Promise<Answer>) => Promise<Answer>;
type Found = Uint8Array | undefined;

/** A read that waits for its answer. */
interface Read {
  readonly key: string;
  readonly resolve: (found: Found) => void;
  readonly reject: (error: unknown) => void;
}

// Other commands wait behind a reply. And while the server works on one part of many reads, this process decodes the part before.
const MOST_AT_ONCE = 32;

/**
 * Sends reads of the same moment as one MGET. A read sent alone costs a system call, which takes longer than everything
 * else. A Cluster spreads its keys over nodes, so there each read is sent alone.
 */
export class Reads {
  readonly #ask: Ask;
  readonly #isCluster: boolean;
  #waiting: Read[] = [];
  /** Some Redis users may call GET but not MGET. */
  #areRefusedTogether = false;

  constructor(ask: Ask, isCluster: boolean) {
    this.#ask = ask;
    this.#isCluster = isCluster;
  }

  /** The value of the key, or `undefined`. */
  read(key: string): Promise<Found> {
    if (this.#isCluster) return this.#readAlone(key);
    return new Promise((resolve, reject) => this.#add({ key, resolve, reject }));
  }

  /** The values of many keys in one MGET, where there is one server that allows it. */
  async readMany(keys: readonly string[]): Promise<readonly Found[]> {
    const found = keys.length === 0 || this.#isCluster ? undefined : await this.#readTogether(keys);
    return found ?? Promise.all(keys.map((key) => this.#readAlone(key)));
  }

  #add(read: Read): void {
    // Once all that runs now has asked for what it wants, promises that are settled by now included.
    if (this.#waiting.push(read) === 1) queueMicrotask(() => process.nextTick(() => this.#send()));
  }

  #send(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let at = 0; at < waiting.length; at += MOST_AT_ONCE) void this.#settle(waiting.slice(at, at + MOST_AT_ONCE));
  }

  /** Never rejects. */
  async #settle(reads: readonly Read[]): Promise<void> {
    try {
      const found = reads.length > 1 ? await this.#readTogether(reads.map(({ key }) => key)) : undefined;
      if (found === undefined) this.#settleEach(reads);
      else reads.forEach(({ resolve }, index) => resolve(found[index]));
    } catch (error) {
      for (const { reject } of reads) reject(error);
    }
  }

  /** `undefined` if the user may not do this. */
  async #readTogether(keys: readonly string[]): Promise<readonly Found[] | undefined> {
    if (this.#areRefusedTogether) return undefined;
    try {
      return (await this.#ask((commands) => commands.getMany(keys))).map(payloadIn);
    } catch (error) {
      if (!messageOf(error).startsWith("NOPERM")) throw error;
      this.#areRefusedTogether = true;
      return undefined;
    }
  }

  /** Each has its own error. */
  #settleEach(reads: readonly Read[]): void {
    for (const { key, resolve, reject } of reads) this.#readAlone(key).then(resolve, reject);
  }

  async #readAlone(key: string): Promise<Found> {
    return payloadIn(await this.#ask((commands) => commands.get(key)));
  }
}

function payloadIn(value: Buffer | null): Found {
  return value === null ? undefined : payloadOf(value);
}
