import { type Awaitable, isPromiseLike } from "../base/async.ts";
import { withDeadline } from "../time/deadline.ts";
import { reportInterval, UseReports } from "../backup/use-reports.ts";
import type { Background } from "../base/background.ts";
import { RecentMap } from "../base/recent-map.ts";
import type { Cache } from "../cache/cache.ts";
import { type Entry, isEntryOrNothing } from "../entry/entry.ts";
import type { Events } from "../report/events.ts";
import { KnownMarks } from "./known-marks.ts";
import type { MarkLog } from "./mark-log.ts";
import { markEntry } from "./mark-entry.ts";
import { deletionMark, isOfTag } from "./mark-names.ts";

// How long a get waits for the backup store to say whether a mark is set, in milliseconds.
const LOG_WAIT = 200;

// How long a shared cache keeps a mark that was read from the backup, in milliseconds.
const SHARED_TTL = 600_000;

export interface MarksParts {
  readonly cache: Cache;
  readonly log: MarkLog;
  readonly events: Events;
  readonly background: Background;
  readonly now: () => number;
  /** For how many milliseconds a mark is trusted if no shared cache has it, or if it cannot be read. */
  readonly nearTtl: number;
  readonly cullTime: number;
}

/** Versions of marks, or promises of them that never reject. */
export type Versions = ReadonlyMap<string, Awaitable<number>>;

/**
 * Marks: what was loaded before its mark was set is no longer fresh. A mark is a version under a stored key of its own, in the cache and in the
 * backup store. Each setting has a greater version than all before. A value keeps the versions that its load knew, so that no clock decides.
 */
export class Marks {
  readonly known: KnownMarks;
  readonly #parts: MarksParts;
  readonly #reading = new Map<string, Promise<number>>();
  /** Until when a mark that could not be read counts as it was known. */
  readonly #unreadUntil = new RecentMap<number>(10_000);
  readonly #useReports: UseReports;

  constructor(parts: MarksParts) {
    this.#parts = parts;
    this.known = new KnownMarks(parts.nearTtl);
    this.#useReports = new UseReports(reportInterval(parts.cullTime));
  }

  /** The version of the mark; 0 if it is not set, or cannot be read. Never fails. */
  versionOf(mark: string): Awaitable<number> {
    const { cache, now } = this.#parts;
    const found = cache.find(mark);
    if (!isEntryOrNothing(found)) return found.then((entry) => this.#learnt(mark, entry));
    return found !== undefined && cache.isFresh(found, now()) ? this.#used(mark, found.stamp) : this.#readOrKnown(mark, found);
  }

  versionsOf(marks: readonly string[]): Versions {
    return new Map(marks.map((mark) => [mark, this.versionOf(mark)]));
  }

  /** Learns the present versions of those marks that were not read lately; `undefined` if there is nothing to wait for. Never fails. */
  learnPresent(marks: readonly string[]): PromiseLike<unknown> | undefined {
    const old = marks.filter((mark) => !this.known.isPresent(mark, this.#parts.now()));
    const versions = old.length === 0 ? [] : this.#read(old);
    return isPromiseLike(versions) ? versions : undefined;
  }

  /** Whether a mark of the entry has been set since its load began. `asked`: versions that are known already, or on their way. */
  isOutdated(entry: Entry, asked?: Versions): Awaitable<boolean> {
    for (const [mark, seen] of entry.marks ?? []) {
      const version = asked?.get(mark) ?? this.versionOf(mark);
      if (typeof version !== "number") return this.#isAnySet(entry, asked);
      if (version > seen) return this.#learn(mark, version) > 0;
    }
    return false;
  }

  /** Whether a tag of the entry has been deleted since its load began. */
  async isDeleted({ marks = [] }: Entry): Promise<boolean> {
    const deletions = marks.filter(isOfTag).map(async ([mark, seen]) => (await this.#deletionSince(mark, seen)) > seen);
    return (await Promise.all(deletions)).includes(true);
  }

  /** A tag that was set since may have been deleted then: what this process has read of its deletion may be from before. */
  async #deletionSince(mark: string, seen: number): Promise<number> {
    const deletion = deletionMark(mark);
    const set = this.known.get(mark) ?? 0;
    if (set > seen && (this.known.get(deletion) ?? 0) <= seen) await this.#parts.cache.tryForgetHere(deletion, set);
    return this.versionOf(deletion);
  }

  async #isAnySet({ marks = [] }: Entry, asked?: Versions): Promise<boolean> {
    const versions = await this.#read(marks.map(([mark]) => mark), asked);
    return marks.some(([, seen], index) => (versions[index] ?? 0) > seen);
  }

  /** The versions of the marks, in their order. They are learnt. */
  #read(marks: readonly string[], asked?: Versions): Awaitable<readonly number[]> {
    const versions = this.#parts.cache.together(() => marks.map((mark) => asked?.get(mark) ?? this.versionOf(mark)));
    return versions.every(isNumber) ? this.#learnAll(marks, versions) : Promise.all(versions).then((all) => this.#learnAll(marks, all));
  }

  #learnAll(marks: readonly string[], versions: readonly number[]): readonly number[] {
    for (const [index, mark] of marks.entries()) if (!this.#isUnread(mark)) this.#learn(mark, versions[index] ?? 0);
    return versions;
  }

  #learnt(mark: string, entry: Entry | undefined): Awaitable<number> {
    const { cache, now } = this.#parts;
    return entry !== undefined && cache.isFresh(entry, now()) ? this.#used(mark, this.#learn(mark, entry.stamp)) : this.#readOrKnown(mark, entry);
  }

  /** A mark that is set must not be culled while values ask for it. */
  #used(mark: string, version: number): number {
    const { log, events, background, now } = this.#parts;
    if (version === 0 || !this.#useReports.due(mark, version, now())) return version;
    background.run(() => log.touch(mark).catch((error: unknown) => events.emit("backupFailed", { key: mark, operation: "touch", error, retry: false })));
    return version;
  }

  #learn(mark: string, version: number): number {
    this.known.learn(mark, version, this.#parts.now());
    return version;
  }

  /** The version in the backup store, if that answers in time. A copy that is not fresh may still be one that others have set. */
  #readOrKnown(mark: string, copy: Entry | undefined): Awaitable<number> {
    const known = (): number => this.known.get(mark) ?? 0;
    if (copy !== undefined && copy.stamp > known()) this.#learn(mark, copy.stamp);
    if (this.#isUnread(mark)) return known();
    const reading = this.#reading.get(mark) ?? this.#startReading(mark);
    return withDeadline(reading, LOG_WAIT, () => {
      this.#trustKnown(mark);
      return known();
    });
  }

  #startReading(mark: string): Promise<number> {
    const reading = this.#tryRead(mark).finally(() => this.#reading.delete(mark));
    this.#reading.set(mark, reading);
    this.#parts.background.run(() => reading);
    return reading;
  }

  async #tryRead(mark: string): Promise<number> {
    const { log, events } = this.#parts;
    try {
      const version = this.#learn(mark, Math.max(await log.read(mark), this.known.get(mark) ?? 0));
      await this.#fill(mark, version);
      return this.#used(mark, version);
    } catch (error) {
      this.#trustKnown(mark);
      events.emit("backupFailed", { key: mark, operation: "read", error, retry: false });
      return this.known.get(mark) ?? 0;
    }
  }

  /** As a stand-in, which replaces nothing newer and is not announced. */
  #fill(mark: string, version: number): Awaitable<void> {
    const { cache, nearTtl, now } = this.#parts;
    const ttl = cache.isShared ? SHARED_TTL : nearTtl;
    return cache.tryFill(mark, markEntry(version, now() + ttl, true), ttl);
  }

  #isUnread(mark: string): boolean {
    return this.#parts.now() < (this.#unreadUntil.get(mark) ?? 0);
  }

  #trustKnown(mark: string): void {
    this.#unreadUntil.set(mark, this.#parts.now() + this.#parts.nearTtl);
  }
}

function isNumber(version: Awaitable<number>): version is number {
  return typeof version === "number";
}
