import type { Backup } from "../backup/backup.ts";
import type { Stamps } from "../backup/stamps.ts";
import type { Background } from "../base/background.ts";
import { type Awaitable, withDeadline } from "../base/async.ts";
import type { Cache } from "../cache/cache.ts";
import { ageOf, type Entry, isEntryOrNothing } from "../entry/entry.ts";
import type { Result } from "../entry/result.ts";
import type { GetPolicy } from "../options/policies.ts";
import type { Outages } from "../outage/outages.ts";
import type { Events, Topics } from "../report/events.ts";
import { BackupRead } from "./backup-first.ts";
import type { Fallback } from "./fallback.ts";
import type { Keeper } from "./keeper.ts";
import { Load, type LoadParts } from "./load.ts";
import type { Loader } from "./loader.ts";
import { type EnclosingLoad, LoadNesting } from "./nesting.ts";
import { RefreshAhead } from "./refresh-ahead.ts";
import type { Results } from "./results.ts";
import { SingleFlight } from "./single-flight.ts";

export interface ReadPathParts {
  readonly cache: Cache;
  readonly backup: Backup;
  readonly keeper: Keeper;
  readonly fallback: Fallback;
  readonly stamps: Stamps;
  readonly outages: Outages;
  readonly results: Results;
  readonly events: Events;
  readonly background: Background;
  readonly now: () => number;
}

/** Steps 1 and 2 of a get: from the cache, else from the load of this key. Step 3 is load.ts, 4 keeper.ts, 5 and 6 fallback.ts. */
export class ReadPath {
  /** One load per key at a time. */
  readonly loads: SingleFlight<Load> = new SingleFlight();
  readonly #backupReads: SingleFlight<BackupRead> = new SingleFlight();
  readonly #parts: ReadPathParts;
  readonly #cache: Cache;
  readonly #backup: Backup;
  readonly #topics: Topics;
  readonly #now: () => number;
  readonly #refreshAhead = new RefreshAhead();
  readonly #nesting = new LoadNesting();
  readonly #loadParts: LoadParts;

  constructor(parts: ReadPathParts) {
    this.#parts = parts;
    this.#cache = parts.cache;
    this.#backup = parts.backup;
    this.#topics = parts.events.topics;
    this.#now = parts.now;
    this.#loadParts = { ...parts, nesting: this.#nesting };
  }

  /** Whatever runs for this key answers its own callers, writes nothing, and is not joined any more. */
  supersede(key: string): void {
    this.loads.supersede(key, "nothing");
    this.#backupReads.supersede(key, "nothing");
  }

  // Step 1: ask the cache. A hit that has not expired is the answer.

  fresh<T>(key: string, loader: Loader<T>, policy: GetPolicy): Awaitable<Entry<T> | undefined> {
    if (!policy.useCache) return undefined;
    const found = this.#cache.find(key);
    if (isEntryOrNothing(found)) return this.#ifFresh(key, found, loader, policy);
    return found.then((entry) => this.#ifFresh(key, entry, loader, policy));
  }

  #ifFresh<T>(key: string, entry: Entry | undefined, loader: Loader<T>, policy: GetPolicy): Entry<T> | undefined {
    const now = this.#now();
    if (entry === undefined || !this.#cache.isFresh(entry, now) || (entry.stale && ageOf(entry, now) > policy.maxStale)) {
      if (entry !== undefined) this.#parts.stamps.observe(key, entry.stamp);
      if (this.#topics.miss.isHeard) this.#topics.miss.emit({ key });
      return undefined;
    }
    if (this.#topics.hit.isHeard) this.#topics.hit.emit({ key, age: ageOf(entry, now), stale: entry.stale });
    if (policy.refreshAhead !== undefined && this.#refreshAhead.due(key, entry, policy, now)) this.#refresh(key, loader, policy);
    this.#backup.tryTouch(key, entry, now);
    return entry as Entry<T>; // a key stands for one type: the caller's business, as in any cache
  }

  #refresh(key: string, loader: Loader<unknown>, policy: GetPolicy): void {
    this.#parts.background.run(async () => {
      const load = this.loads.startBehind(key, () => this.#load(key, loader, policy));
      await load?.outcome.catch(() => {}); // told of by loadFailed; the cached copy is still good
    });
  }

  // Step 2: on a miss, join the load of this key or start one.

  async answer<T>(found: Awaitable<Entry<T> | undefined>, key: string, loader: Loader<T>, policy: GetPolicy): Promise<Entry<T> | Result<T>> {
    const asker = this.#nesting.enclosing; // before anything is waited for
    const entry = isEntryOrNothing(found) ? undefined : await found;
    if (entry !== undefined) return entry;
    const backup = policy.useCache ? undefined : await this.#backupFirst(key, policy);
    const result = backup ?? (await this.#loaded(key, loader, policy, asker));
    if (result.stale && !isYoungEnough(result, policy)) throw result.error;
    return result as Result<T>; // as in #ifFresh
  }

  async #loaded(key: string, loader: Loader<unknown>, policy: GetPolicy, asker: EnclosingLoad | undefined): Promise<Result<unknown>> {
    this.#nesting.refuseRecursion(key, asker);
    const load = this.loads.joinOrStart(key, () => this.#load(key, loader, policy, asker));
    if (policy.softTimeout === undefined) return load.outcome;
    // A caller waits no longer than that if there is a backup; the load finishes behind.
    const inTime = await withDeadline(load.outcome, policy.softTimeout, () => undefined);
    if (inTime !== undefined) return inTime;
    const standIn = await this.#parts.fallback.answerForSlow(load, policy);
    return standIn !== undefined && isYoungEnough(standIn, policy) ? standIn : load.outcome;
  }

  #load(key: string, loader: Loader<unknown>, policy: GetPolicy, asker?: EnclosingLoad): Load {
    return new Load(key, loader, policy, asker, this.#loadParts);
  }

  async #backupFirst(key: string, policy: GetPolicy): Promise<Result<unknown> | undefined> {
    const backup = await this.#backupReads.joinOrStart(key, () => new BackupRead(key, policy, this.#parts)).outcome;
    return backup !== undefined && isYoungEnough(backup, policy) ? backup : undefined;
  }
}

/** Whoever joins may take less of age than the caller whose work it joins. */
function isYoungEnough({ age }: Result<unknown>, { maxStale }: GetPolicy): boolean {
  return age <= maxStale;
}
