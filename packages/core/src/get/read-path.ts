/*
 * A get, step by step, and the file of each step:
 *
 *   1  the cache has a fresh copy: the answer       read-path.ts, and refresh-ahead.ts if the copy is soon due
 *   2  else join the load of the key, or start it   read-path.ts, single-flight.ts, flight.ts; nesting.ts refuses circles
 *   3  call the loader, within its timeout          load.ts, loader-call.ts, loader-context.ts
 *   4  a good value goes to backup and cache        keeper.ts
 *   5  a failure: each caller judges the backup     failure.ts, stand-in.ts, last-good.ts, made by fallback.ts
 *   6  no usable backup: the loader's own error     failure.ts
 *   -  backup first, `useCache: false`              backup-first.ts, in the place of step 1
 *
 * What holds throughout:
 *
 * - A shared cache is filled after the backup is durable: no process may answer with a value that a crash takes back.
 *   A cache of this process is filled at once.
 * - The greater stamp wins, in every store. A load takes its stamp when it begins, so a later load beats an earlier one.
 * - `set` and `delete` beat every load that runs: it answers its callers and writes nothing (`mayWrite`). After `expire` it
 *   still writes the backup, and leaves the cache alone.
 * - A copy is not fresh once a mark of it, a tag or a namespace, has been set: `copies.ts`. A load begins with what it knows of marks: `look.ts`.
 * - A value that comes after its time-out (`lingers`) is still kept, unless something newer is there.
 * - Callers share a loader and a backup read. `maxStale`, `shouldFallback` and `validate` are each caller's own.
 */
import type { Backup } from "../backup/backup.ts";
import type { Background } from "../base/background.ts";
import type { Awaitable } from "../base/async.ts";
import { withDeadline } from "../time/deadline.ts";
import type { Copies } from "../marks/copies.ts";
import { ageOf, type Entry, isEntryOrNothing } from "../entry/entry.ts";
import type { Result } from "../entry/result.ts";
import { mayFallBack } from "../options/answers.ts";
import type { GetPolicy } from "../options/policies.ts";
import type { Topics } from "../report/events.ts";
import { BackupRead } from "./backup-first.ts";
import { Failure } from "./failure.ts";
import { Load, type LoadParts } from "./load.ts";
import type { Loader } from "../load/loader.ts";
import { ChangeCount } from "./change-count.ts";
import { type EnclosingLoad, LoadNesting } from "../load/nesting.ts";
import { RefreshAhead } from "./refresh-ahead.ts";
import { SingleFlight } from "../load/single-flight.ts";
import { ValidHits } from "./valid-hits.ts";

export interface ReadPathParts extends Omit<LoadParts, "nesting"> {
  readonly copies: Copies;
  readonly backup: Backup;
  readonly background: Background;
}

/** Steps 1 and 2 of a get: asks the cache, then joins or starts the load of the key. */
export class ReadPath {
  readonly loads: SingleFlight<Load> = new SingleFlight();
  readonly #backupReads: SingleFlight<BackupRead> = new SingleFlight();
  readonly #parts: ReadPathParts;
  readonly #copies: Copies;
  readonly #backup: Backup;
  readonly #hit: Topics["hit"];
  readonly #miss: Topics["miss"];
  readonly #now: () => number;
  readonly #refreshAhead = new RefreshAhead();
  readonly #validHits: ValidHits;
  readonly #changes = new ChangeCount();
  readonly nesting: LoadNesting = new LoadNesting();
  readonly #loadParts: LoadParts;

  constructor(parts: ReadPathParts) {
    this.#parts = parts;
    this.#copies = parts.copies;
    this.#validHits = new ValidHits(parts);
    this.#backup = parts.backup;
    this.#hit = parts.events.topics.hit;
    this.#miss = parts.events.topics.miss;
    this.#now = parts.now;
    this.#loadParts = { ...parts, nesting: this.nesting };
  }

  /** Running work for this key answers its own callers, but writes nothing, and nobody joins it any more. */
  supersede(key: string): void {
    this.#changes.note(key);
    this.loads.supersede(key, "nothing");
    this.#backupReads.supersede(key, "nothing");
  }

  // Step 1: ask the cache. A hit that has not expired is the answer.

  fresh<T>(key: string, loader: Loader<T>, policy: GetPolicy): Awaitable<Entry<T> | undefined> {
    if (!policy.useCache || policy.refresh) return undefined;
    const found = policy.validateHits ? this.#validHits.find(key, policy) : this.#copies.find(key, policy.tags);
    return isEntryOrNothing(found) ? this.#ifFresh(key, found, loader, policy, Infinity) : this.#ifFreshLater(key, found, loader, policy);
  }

  /** Separate from `fresh`, because a function that contains a closure allocates on each call. The path of a hit must not. */
  #ifFreshLater<T>(key: string, found: PromiseLike<Entry | undefined>, loader: Loader<T>, policy: GetPolicy): PromiseLike<Entry<T> | undefined> {
    const asked = this.#changes.count;
    return found.then((entry) => this.#ifFresh(key, entry, loader, policy, asked));
  }

  /** `asked`: the count of changes when the cache was asked. */
  #ifFresh<T>(key: string, entry: Entry | undefined, loader: Loader<T>, policy: GetPolicy, asked: number): Entry<T> | undefined {
    const now = this.#now();
    if (entry === undefined || !this.#copies.isFresh(entry, now) || (entry.stale && ageOf(entry, now) > policy.maxStale)) return this.#missed(key, entry);
    if (this.#hit.isHeard) this.#tellHit(key, entry, now);
    else this.#hit.count++;
    if (policy.refreshAhead !== undefined) this.#refreshIfDue(key, entry, loader, policy, now, asked);
    this.#backup.tryTouch(key, entry, now);
    return entry as Entry<T>; // the caller knows the type of a key's values, as with any cache
  }

  // What few hits need is in functions of its own: the compiler puts the path of a hit into one piece of code, of a limited size.

  #missed(key: string, entry: Entry | undefined): undefined {
    if (entry !== undefined) this.#parts.stamps.observe(key, entry.stamp);
    if (this.#miss.isHeard) this.#miss.emit({ key });
    else this.#miss.count++;
  }

  #tellHit(key: string, entry: Entry, now: number): void {
    this.#hit.emit({ key, age: ageOf(entry, now), stale: entry.stale });
  }

  #refreshIfDue(key: string, entry: Entry, loader: Loader<unknown>, policy: GetPolicy, now: number, asked: number): void {
    if (this.#changes.isUnchanged(key, asked) && this.#refreshAhead.due(key, entry, policy, now)) this.#refresh(key, loader, policy);
  }

  /** Starts the load at once, so that a `delete` right after it wins. */
  #refresh(key: string, loader: Loader<unknown>, policy: GetPolicy): void {
    const load = this.loads.startBehind(key, () => this.#load(key, loader, policy));
    if (load !== undefined) this.#parts.background.run(() => load.outcome);
  }

  /** The answer that needs no load: a fresh copy, or the backup with `useCache: false`. */
  withoutLoad(key: string, loader: Loader<unknown>, policy: GetPolicy): Awaitable<Entry | Result<unknown> | undefined> {
    return policy.useCache || policy.refresh ? this.fresh(key, loader, policy) : this.#backupFirst(key, policy);
  }

  // Step 2: on a miss, join the load of this key or start one.

  answer<T>(found: PromiseLike<Entry<T> | undefined> | undefined, key: string, loader: Loader<T>, policy: GetPolicy): Promise<Entry<T> | Result<T>> {
    const asker = this.nesting.enclosing; // before anything is waited for
    if (found !== undefined || !policy.useCache) return this.#foundOrLoaded(found, key, loader, policy, asker);
    return this.loaded(key, loader, policy, asker) as Promise<Result<T>>; // as in #ifFresh
  }

  async #foundOrLoaded<T>(found: PromiseLike<Entry<T> | undefined> | undefined, key: string, loader: Loader<T>, policy: GetPolicy, asker?: EnclosingLoad): Promise<Entry<T> | Result<T>> {
    const entry = await found;
    if (entry !== undefined) return entry;
    const backup = policy.useCache || policy.refresh ? undefined : await this.#backupFirst(key, policy);
    return (backup ?? (await this.loaded(key, loader, policy, asker))) as Result<T>; // as in #ifFresh
  }

  loaded(key: string, loader: Loader<unknown>, policy: GetPolicy, asker: EnclosingLoad | undefined): Promise<Result<unknown>> {
    this.nesting.refuseRecursion(key, asker);
    const load = this.loads.joinOrStart(key, policy, () => this.#load(key, loader, policy, asker));
    if (asker === undefined) return this.#outcomeOf(load, policy);
    return this.nesting.waitFor(asker, load.place, () => this.#outcomeOf(load, policy));
  }

  /** The answer of one caller. Each caller judges a backup by its own policy. */
  #outcomeOf(load: Load, policy: GetPolicy): Promise<Result<unknown>> {
    const answer = load.outcome.then((outcome) => (outcome instanceof Failure ? outcome.for(policy) : outcome));
    const ended = policy.refresh ? answer.catch((error: unknown) => this.#freshCopyOrThrow(load, error, policy)) : answer;
    return policy.softTimeout === undefined ? ended : this.#unlessSlow(load, ended, policy.softTimeout, policy);
  }

  /** If a refresh fails, the caller gets the value that the cache still has. */
  async #freshCopyOrThrow({ key }: Load, error: unknown, policy: GetPolicy): Promise<Result<unknown>> {
    const copy = policy.useCache && mayFallBack(policy, error) ? await this.#copies.find(key, policy.tags) : undefined;
    const now = this.#now();
    if (copy === undefined || !this.#copies.isFresh(copy, now) || ageOf(copy, now) > policy.maxStale) throw error;
    this.#hit.emit({ key, age: ageOf(copy, now), stale: true });
    return { ...this.#parts.results.of("cache", key, copy), stale: true, error };
  }

  /** If there is a backup, the caller waits no longer than `softTimeout`. The load finishes in the background. */
  async #unlessSlow(load: Load, ended: Promise<Result<unknown>>, softTimeout: number, policy: GetPolicy): Promise<Result<unknown>> {
    ended.catch(() => undefined); // if a backup stands in, nobody handles its rejection
    const isSlow = await withDeadline(load.whenAnswered, softTimeout, () => true);
    const standIn = isSlow === true ? await this.#parts.fallback.inPlaceOf(load, policy) : undefined;
    return standIn ?? ended;
  }

  #load(key: string, loader: Loader<unknown>, policy: GetPolicy, asker?: EnclosingLoad): Load {
    return new Load(key, loader, policy, asker, this.#loadParts);
  }

  async #backupFirst(key: string, policy: GetPolicy): Promise<Result<unknown> | undefined> {
    const { fallback, stamps, results } = this.#parts;
    const read = this.#backupReads.joinOrStart(key, policy, () => new BackupRead(key, policy, fallback.lastGood(key)));
    const entry = await (await read.outcome).for(policy);
    if (entry === undefined) return undefined;
    stamps.observe(key, entry.stamp);
    const now = this.#now();
    if (ageOf(entry, now) > policy.maxStale) return undefined;
    this.#backup.tryTouch(key, entry, now);
    return results.of("backup", key, entry);
  }
}
