import type { DatastoreParts } from "./assemble.ts";
import { backedUpKeys } from "./backed-up-keys.ts";
import { DatastoreError, messageOf } from "./report/errors.ts";

/** What a `clear` has done. */
export interface ClearResult {
  /** How many keys were deleted. */
  readonly deleted: number;
}

const AT_ONCE = 16;

/** Deletes every key that `isMeant`, as `delete` does: from the caches, from the backup, for all processes, and with every load that runs. */
export class Clearing {
  readonly #parts: DatastoreParts;
  readonly #isMeant: (key: string) => boolean;
  readonly #errors: unknown[] = [];
  readonly #done = new Set<string>();

  constructor(parts: DatastoreParts, isMeant: (key: string) => boolean) {
    this.#parts = parts;
    this.#isMeant = isMeant;
  }

  /** Goes on past failures. Then rejects with all of them. */
  async run(): Promise<ClearResult> {
    await this.#delete(this.#knownHere()); // first, so that nothing that runs brings a key back
    for await (const keys of this.#backedUp()) await this.#delete(keys);
    if (this.#errors.length === 0) return { deleted: this.#done.size };
    const [first] = this.#errors;
    const message = `clear: ${this.#errors.length} keys could not be deleted, ${this.#done.size} were; the first error is: ${messageOf(first)}. Call it again`;
    throw new DatastoreError("STORE_FAILED", message, { cause: new AggregateError(this.#errors) });
  }

  /** Keys that may be in a cache or on their way there, and not in the backup. */
  #knownHere(): string[] {
    const { readPath, backup, outages } = this.#parts;
    return [...readPath.loads.keys(), ...backup.keysHere(), ...Array.from(outages, ({ key }) => key)];
  }

  /** Of a record that cannot be read, nobody knows whose it is. It answers no get either. */
  async *#backedUp(): AsyncIterable<string[]> {
    let keys: string[] = [];
    for await (const { key } of backedUpKeys(this.#parts.store, (error) => void this.#errors.push(error))) {
      keys.push(key);
      if (keys.length < AT_ONCE) continue;
      yield keys;
      keys = [];
    }
    yield keys;
  }

  async #delete(keys: readonly string[]): Promise<void> {
    const meant = keys.filter((key) => this.#isMeant(key) && !this.#done.has(key));
    const outcomes = await Promise.allSettled(meant.map((key) => this.#parts.changes.delete(key)));
    for (const [index, outcome] of outcomes.entries()) {
      const key = meant[index];
      if (outcome.status === "rejected") this.#errors.push(outcome.reason);
      else if (key !== undefined) this.#done.add(key);
    }
  }
}
