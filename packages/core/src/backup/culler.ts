import type { Awaitable } from "../base/async.ts";
import type { BackupInfo, ReleaseLock } from "../adapter/contract.ts";
import type { GuardedBackup } from "./guarded-backup.ts";
import type { WatchedClock } from "../time/watched-clock.ts";
import { isBelievable } from "../entry/entry.ts";
import type { Events } from "../report/events.ts";
import { unusedFor } from "./use-reports.ts";

/** What a cull has found and deleted. */
export interface CullResult {
  /** Ids looked at. */
  readonly examined: number;
  /** Ids deleted because they had not been used for `cullTime`. */
  readonly deleted: number;
  /** Ids that could not be deleted; each was an event. */
  readonly failed: number;
  /** Whether nothing was deleted because it would have been too much, or another process is culling. */
  readonly postponed: boolean;
}

/** The options of `cull`. */
export interface CullOptions {
  /**
   * Delete even where that takes more than half of the store, or the clock seems to have jumped.
   * @default false
   */
  readonly force?: boolean | undefined;
}

const NOTHING: CullResult = { examined: 0, deleted: 0, failed: 0, postponed: true };
const CLOCK_JUMP = 30 * 24 * 3_600_000;
const CONFIRMED_AFTER = 24 * 3_600_000;

// After a cull come a hundred times as long without one, in the long run: gets may come by the million in a second.
const REST = 100;
// Milliseconds of that which culls may owe: those of a small store, now and then, are not held back.
const CREDIT = 1_000;

// Deletions that are under way at once. A store in a network takes as many in the time of one, and may make one request of them.
const AT_ONCE = 16;

/** Deletes backups long unused: never twice at once, and never much of the store on the word of one clock reading. */
export class Culler {
  readonly #store: GuardedBackup;
  readonly #events: Events;
  readonly #cullTime: number;
  readonly #clock: WatchedClock;
  #running: Promise<CullResult> | undefined;
  /** When a cull first found that something looks wrong, on the monotonic clock. */
  #suspiciousSince: number | undefined;
  #restedAt = 0;

  constructor(store: GuardedBackup, events: Events, cullTime: number, clock: WatchedClock) {
    this.#store = store;
    this.#events = events;
    this.#cullTime = cullTime;
    this.#clock = clock;
  }

  /** Culls, or joins the cull that runs. Throws if the store cannot be listed. */
  cull(options: CullOptions = {}): Promise<CullResult> {
    this.#running ??= this.#lockAndCull(options.force ?? false).finally(() => (this.#running = undefined));
    return this.#running;
  }

  /** Culls in passing: not while culls have taken much of the time lately. */
  async cullIfRested(): Promise<void> {
    const began = performance.now();
    if (this.#restedAt - began > CREDIT) return;
    await this.cull();
    const took = performance.now() - began;
    this.#restedAt = Math.max(this.#restedAt, began) + took * REST;
  }

  async #lockAndCull(force: boolean): Promise<CullResult> {
    const release = await this.#store.lock();
    if (release === undefined) return NOTHING;
    try {
      return await this.#surveyAndDelete(force);
    } finally {
      await this.#unlock(release);
    }
  }

  /** A lock that cannot be given back grows stale; what was done under it is done. */
  async #unlock(release: ReleaseLock): Promise<void> {
    try {
      await release();
    } catch (error) {
      this.#events.emit("backupFailed", { key: undefined, operation: "unlock", error, retry: false });
    }
  }

  async #surveyAndDelete(force: boolean): Promise<CullResult> {
    const survey = await this.#survey(this.#clock.now() - unusedFor(this.#cullTime));
    const postponed = !force && this.#looksWrong(survey);
    const { deleted, failed } = postponed || survey.unused === 0 ? { deleted: 0, failed: 0 } : await this.#deleteUnused(survey.usedBefore);
    const result = { examined: survey.examined, deleted, failed, postponed };
    this.#events.emit("culled", { ...result });
    // Part of the store could not be listed. The rest has been culled; that part must not go unnoticed.
    if (survey.error !== undefined) throw survey.error;
    return result;
  }

  async #survey(usedBefore: number): Promise<Survey> {
    let examined = 0;
    let unused = 0;
    let newestUse = 0;
    const now = this.#clock.now();
    const error = await this.#walk(({ usedAt }) => {
      examined++;
      if (usedAt < usedBefore) unused++;
      if (isBelievable(usedAt, now)) newestUse = Math.max(newestUse, usedAt);
    });
    return { usedBefore, examined, unused, newestUse, error };
  }

  /**
   * A clock that jumped and a snapshot that was restored make everything look unused. Two culls that agree are believed, if what is in
   * use has had a day in between to be used.
   */
  #looksWrong({ examined, unused, newestUse }: Survey): boolean {
    const looksWrong = unused > examined / 2 || (unused > 0 && this.#clock.now() - newestUse > CLOCK_JUMP);
    const uptime = this.#clock.uptime();
    const since = looksWrong ? (this.#suspiciousSince ?? uptime) : undefined;
    const isConfirmed = since !== undefined && uptime - since >= CONFIRMED_AFTER;
    this.#suspiciousSince = isConfirmed ? undefined : since;
    return looksWrong && !isConfirmed;
  }

  async #deleteUnused(usedBefore: number): Promise<{ deleted: number; failed: number }> {
    const tally = { deleted: 0, failed: 0 };
    const underWay = new Set<Promise<void>>();
    await this.#walk(async ({ id, usedAt }) => {
      if (usedAt >= usedBefore) return;
      const deletion = this.#deleteOne(id, usedBefore, tally).finally(() => underWay.delete(deletion));
      underWay.add(deletion);
      if (underWay.size >= AT_ONCE) await Promise.race(underWay);
    });
    await Promise.all(underWay);
    return tally;
  }

  async #deleteOne(id: string, usedBefore: number, tally: { deleted: number; failed: number }): Promise<void> {
    try {
      if (await this.#store.deleteUnused(id, usedBefore)) tally.deleted++;
    } catch (error) {
      tally.failed++;
      this.#events.emit("backupFailed", { key: undefined, operation: "delete", error, retry: false });
    }
  }

  /** Visits every id that the store lists before its list fails, if it does. Returns what it failed with. */
  async #walk(visit: (info: BackupInfo) => Awaitable<void>): Promise<unknown> {
    try {
      for await (const info of this.#store.list()) await visit(info);
      return undefined;
    } catch (error) {
      return error;
    }
  }
}

interface Survey {
  readonly usedBefore: number;
  readonly examined: number;
  readonly unused: number;
  readonly newestUse: number;
  /** What the list failed with, before or after these. */
  readonly error: unknown;
}
