import { type BackupInfo, messageOf, recordKind } from "@lastgood/core/adapter";
import { type Generation, generationsOf } from "../records/generations.ts";
import { inParallel } from "../records/in-parallel.ts";
import { type BackupStore, StoreError } from "../stores/backup-store.ts";
import { neighboursTogether } from "./neighbours.ts";
import { WhatsThere } from "./whats-there.ts";

/** What has been copied so far. */
export interface CopyTally {
  /** Keys of which a record was written. */
  copied: number;
  /** Records that were written. */
  records: number;
  bytes: number;
  /** Keys that were there as they are here. */
  present: number;
  /** Keys that are newer there. */
  newer: number;
  /** Records that cannot be read here. They stay behind. */
  unreadable: number;
}

/** A record that was left behind, and why. */
export interface LeftBehind {
  readonly id: string;
  readonly ref: string | undefined;
  readonly generation: number | undefined;
  readonly problem: string;
}

/** So many writes that fail in a row are no matter of single records. */
const MOST_FAILURES = 3;

/** A record of a later release is copied as it is: its own release can read it. */
const OF_A_LATER_RELEASE = "newer format";

/**
 * Copies every id with its stamps and its last use. Any number of runs may end at any point: what is there already is found, and
 * nothing newer is hidden or replaced. Yields what was left behind.
 *
 * @throws StoreError if a store fails: another run goes on from there.
 */
export class Copier {
  readonly #from: BackupStore;
  readonly #to: BackupStore;
  /** Failed writes since the last one that succeeded. */
  readonly #failed: LeftBehind[] = [];
  readonly tally: CopyTally = { copied: 0, records: 0, bytes: 0, present: 0, newer: 0, unreadable: 0 };

  constructor(from: BackupStore, to: BackupStore) {
    this.#from = from;
    this.#to = to;
  }

  async *copy(): AsyncGenerator<LeftBehind, void> {
    const there = await WhatsThere.of(this.#to);
    const ids = neighboursTogether(this.#idsBut(there), this.#to.place);
    for await (const left of inParallel(ids, (info) => this.#copyId(info, there.hasId(info.id)))) yield* left;
    yield* this.#failed;
  }

  /** Two lists tell what an earlier run has copied, so the next one soon goes on where that was. */
  async *#idsBut(there: WhatsThere): AsyncGenerator<BackupInfo, void> {
    for await (const info of this.#from.list()) {
      // A seed is shipped, and an outage of the program that made it is none of where it is used.
      if (this.#to.place.kind === "seed" && recordKind(info.id) === "outage") continue;
      if (there.has(info)) this.tally.present++;
      else yield info;
    }
  }

  /** A record that somebody writes there meanwhile has a later stamp, and stays the newest: only what was listed needs a look. */
  async #copyId({ id, usedAt }: BackupInfo, isThere: boolean): Promise<readonly LeftBehind[]> {
    const began = Date.now();
    const { records, left } = await this.#worthCopying(id);
    const [newest] = records;
    if (newest === undefined) return left;
    const there = isThere ? await this.#newestGoodThere(id) : undefined;
    if (there !== undefined && there > newest.stamp) this.tally.newer++;
    else if (there === newest.stamp) await this.#notePresent(id, usedAt);
    else {
      // What was deleted must not stay below its tombstone.
      if (isTombstone(newest) && there !== undefined) await this.#to.delete(id, began);
      left.push(...(await this.#tryWrite(id, records.filter(({ stamp }) => there === undefined || stamp > there), usedAt)));
    }
    return left;
  }

  /** The newest first. What is below a tombstone was deleted. */
  async #worthCopying(id: string): Promise<{ readonly records: readonly Generation[]; readonly left: LeftBehind[] }> {
    const records: Generation[] = [];
    const left: LeftBehind[] = [];
    for await (const generation of generationsOf(this.#from, id)) {
      const { problem, number } = generation;
      if (problem === undefined || problem === OF_A_LATER_RELEASE) records.push(generation);
      else left.push({ id, ref: undefined, generation: number, problem });
      if (isTombstone(generation)) break;
    }
    this.tally.unreadable += left.length;
    const ref = records.find(({ summary }) => summary !== undefined)?.summary?.key;
    return { records, left: left.map((one) => ({ ...one, ref })) };
  }

  /** The stamp of the newest record that can be read there. One that is damaged is written over, and hides nothing. */
  async #newestGoodThere(id: string): Promise<number | undefined> {
    for await (const { stamp, problem } of generationsOf(this.#to, id)) {
      if (problem === undefined || problem === OF_A_LATER_RELEASE) return stamp;
    }
    return undefined;
  }

  async #notePresent(id: string, usedAt: number): Promise<void> {
    await this.#to.touch(id, usedAt);
    this.tally.present++;
  }

  /** One record may be too large for the store. Others are not, so they are tried; if those fail too, the store has failed. */
  async #tryWrite(id: string, records: readonly Generation[], usedAt: number): Promise<readonly LeftBehind[]> {
    try {
      await this.#write(id, records, usedAt);
      return this.#failed.splice(0);
    } catch (error) {
      const failure = { id, ref: records[0]?.summary?.key, generation: undefined, problem: messageOf(error) };
      if (!(error instanceof StoreError) || this.#failed.push(failure) > MOST_FAILURES) throw error;
      return [];
    }
  }

  /** The oldest first: once the newest is there, so are the others, and the next run need not look. */
  async #write(id: string, records: readonly Generation[], usedAt: number): Promise<void> {
    for (const { stamp, bytes } of records.toReversed()) {
      await this.#to.write(id, bytes, { loadedAt: stamp, usedAt });
      this.tally.records++;
      this.tally.bytes += bytes.byteLength;
    }
    this.tally.copied++;
  }
}

function isTombstone({ summary }: Generation): boolean {
  return summary?.deleted === true;
}
