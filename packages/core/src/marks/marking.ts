import type { Cache } from "../cache/cache.ts";
import { markEntry } from "./mark-entry.ts";
import type { MarkLog } from "./mark-log.ts";
import { deletionMark, tagMark } from "./mark-names.ts";
import type { Marks } from "./marks.ts";

// How long a shared cache keeps a mark that was set, in milliseconds. Hosts with backups of their own have it nowhere else.
const SHARED_TTL = 30 * 24 * 3_600_000;

export interface MarkingParts {
  readonly marks: Marks;
  readonly cache: Cache;
  readonly log: MarkLog;
  readonly now: () => number;
  /** For how many milliseconds a mark is trusted if no shared cache has it. */
  readonly nearTtl: number;
}

/** Sets marks, for all processes. Rejects if a store fails: what the other store has taken counts. */
export class Marking {
  readonly #parts: MarkingParts;

  constructor(parts: MarkingParts) {
    this.#parts = parts;
  }

  async set(mark: string): Promise<void> {
    await this.#store(mark, await this.#nextVersion(mark));
  }

  /**
   * Sets the mark that backups of a tag may not stand in any more, and then the mark of the tag. In this order, because whoever knows of the second
   * must find the first: else a backup stands in, and counts as newer than the deletion.
   */
  async deleteTag(tag: string): Promise<void> {
    const mark = tagMark(tag);
    const version = await this.#store(deletionMark(mark), await this.#nextVersion(mark));
    await this.#store(mark, version);
  }

  /** Greater than every version that a store is known to have. */
  async #nextVersion(mark: string): Promise<number> {
    const { marks, log, now } = this.#parts;
    const reads = await Promise.allSettled([marks.versionOf(mark), log.read(mark)]);
    const newest = Math.max(marks.known.get(mark) ?? 0, ...reads.map((read) => (read.status === "fulfilled" ? read.value : 0)));
    marks.known.learn(mark, newest, now());
    return Math.max(now(), newest + 1);
  }

  /** Durably first, because a crash must not take back a mark that others have heard of. */
  async #store(mark: string, version: number): Promise<number> {
    const { marks, cache, log, nearTtl, now } = this.#parts;
    const [logged] = await Promise.allSettled([log.write(mark, version)]);
    const stored = logged.status === "fulfilled" ? logged.value : version;
    const ttl = cache.isShared ? SHARED_TTL : nearTtl;
    marks.known.learn(mark, stored, now());
    await cache.set(mark, markEntry(stored, now() + ttl, false), ttl);
    if (logged.status === "rejected") throw logged.reason;
    return stored;
  }
}
