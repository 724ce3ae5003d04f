import type { Awaitable } from "../base/async.ts";
import type { BackupInfo, ReleaseLock } from "../adapter/contract.ts";
import type { GuardedBackup } from "./guarded-backup.ts";
import { Pace } from "../time/pace.ts";
import type { WatchedClock } from "../time/watched-clock.ts";
import { isBelievable } from "../entry/entry.ts";
import type { Events } from "../report/events.ts";
import { unusedFor } from "./use-reports.ts";

/** The result of a cull. */
export interface CullResult {
  /** How many ids were examined. */
  readonly examined: number;
  /** How many ids were deleted, because they had not been used for `cullTime`. */
  readonly deleted: number;
  /** How many ids could not be deleted. An event reported each. */
  readonly failed: number;
  /** Whether nothing was deleted, because that would have been too much, or because another process is culling. */
  readonly postponed: boolean;
}

/** The options of `cull`. */
export interface CullOptions {
  /**
   * Whether to delete even more than half of the store, and even if the clock seems to have jumped.
   * @default false
   */
  readonly force?: boolean | undefined;
}

const NOTHING: CullResult = { examined: 0, deleted: 0, failed: 0, postponed: true };
const CLOCK_JUMP = 30 * 24 * 3_600_000;
const CONFIRMED_AFTER = 24 * 3_600_000;

// After an automatic cull that took t, the next waits REST × t, because a program may make a million gets a second.
const REST = 100;
// Up to this many milliseconds of the wait may be skipped, so that small stores are not held back.
const CREDIT = 1_000;

// How many deletions run in parallel. A store in a network needs no longer for these than for one, and may combine them in one request.
const AT_ONCE = 16;
// Fewer while others use the store: a write that comes meanwhile waits behind all of them.
const AT_ONCE_GIVING_WAY = 4;

/** Deletes backups that have long been unused. Only one cull runs at a time, and no single clock reading can empty the store. */
export class Culler {
  readonly #store: GuardedBackup;
  readonly #events: Events;
  readonly #cullTime: number;
  readonly #clock: WatchedClock;
  readonly #pace: Pace;
  #running: Promise<CullResult> | undefined;
  /** When a cull first looked wrong, by the monotonic clock. */
  #suspiciousSince: number | undefined;
  #restedAt = 0;

  constructor(store: GuardedBackup, events: Events, cullTime: number, clock: WatchedClock) {
    this.#store = store;
    this.#events = events;
    this.#cullTime = cullTime;
    this.#clock = clock;
    this.#pace = new Pace(() => store.uses);
  }

  /** Culls, or joins the running cull. Throws if the store cannot be listed. */
  cull(options: CullOptions = {}): Promise<CullResult> {
    this.#running ??= this.#lockAndCull(options.force ?? false).finally(() => (this.#running = undefined));
    return this.#running;
  }

  /** An automatic cull. Does nothing if recent culls took too much time. */
  async cullIfRested(): Promise<void> {
    const began = performance.now();
    if (this.#restedAt - began > CREDIT) return;
    await this.cull();
    const took = performance.now() - began;
    this.#restedAt = Math.max(this.#restedAt, began) + took * REST;
  }

  /** Rests no longer: the datastore is being closed. */
  hurry(): void {
    this.#pace.hurry();
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

  /** Releases the lock. If that fails, the lock becomes stale, and the cull still counts. */
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
    // The rest of the store has been culled, but the caller must learn that a part could not be listed.
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
   * After a jump of the clock, or from a restored snapshot, everything looks unused. A second cull that finds the same is believed,
   * if at least a day has passed, so that all keys in use had time to be used.
   */
  #looksWrong({ examined, unused, newestUse }: Survey): boolean {
    const looksWrong = unused > examined / 2 || (unused > 0 && this.#clock.now() - newestUse > CLOCK_JUMP);
    const uptime = this.#clock.uptime();
    const since = looksWrong ? (this.#suspiciousSince ?? uptime) : undefined;
    const isConfirmed = since !== undefined && uptime - since >= CONFIRMED_AFTER;
    this.#suspiciousSince = isConfirmed ? undefined : since;
    return looksWrong && !isConfirmed;
  }

  async #deleteUnused(usedBefore: number): Promise<Tally> {
    const tally = { deleted: 0, failed: 0 };
    let ids: string[] = [];
    await this.#walk(async ({ id, usedAt }) => {
      if (usedAt >= usedBefore) return;
      ids.push(id);
      if (ids.length < (this.#pace.givesWay ? AT_ONCE_GIVING_WAY : AT_ONCE)) return;
      await this.#deleteAll(ids, usedBefore, tally);
      ids = [];
    });
    await this.#deleteAll(ids, usedBefore, tally);
    return tally;
  }

  /** All at once, because a store may do them in one commit or one request. */
  async #deleteAll(ids: readonly string[], usedBefore: number, tally: Tally): Promise<void> {
    await Promise.all(ids.map((id) => this.#deleteOne(id, usedBefore, tally)));
  }

  async #deleteOne(id: string, usedBefore: number, tally: Tally): Promise<void> {
    try {
      if (await this.#store.deleteUnused(id, usedBefore)) tally.deleted++;
    } catch (error) {
      tally.failed++;
      this.#events.emit("backupFailed", { key: undefined, operation: "delete", error, retry: false });
    }
  }

  /** Visits every id that the store lists, with rests. Returns the error if the list fails. */
  async #walk(visit: (info: BackupInfo) => Awaitable<void>): Promise<unknown> {
    try {
      this.#pace.begin();
      for await (const info of this.#store.list()) {
        await visit(info);
        if (this.#pace.isStepOver) await this.#pace.rest();
      }
      return undefined;
    } catch (error) {
      return error;
    }
  }
}

interface Tally {
  deleted: number;
  failed: number;
}

interface Survey {
  readonly usedBefore: number;
  readonly examined: number;
  readonly unused: number;
  readonly newestUse: number;
  /** The error of the list, if it failed. */
  readonly error: unknown;
}
