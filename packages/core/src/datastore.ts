import type { Awaitable } from "./adapter.ts";
import type { CullOptions, CullResult } from "./cull.ts";
import { type ArgumentsOf, type Defined, define, type Definition, type KeyOf } from "./define.ts";
import type { Duration } from "./duration.ts";
import { ageOf, Entry, isEntryOrNothing } from "./entry.ts";
import { DatastoreError } from "./errors.ts";
import type { EventName, Listener, Topics } from "./events.ts";
import type { Flights } from "./flights.ts";
import { type Health, inFallback, type KeyInFallback } from "./health.ts";
import { KeepAlive } from "./keep-alive.ts";
import { type Ancestor, Lineage } from "./lineage.ts";
import type { Loader } from "./load.ts";
import { Loading } from "./loading.ts";
import { Namespace } from "./namespace.ts";
import type { DatastoreOptions, GetOptions, SetOptions } from "./options.ts";
import { assemble, type Parts } from "./parts.ts";
import type { GetPolicies, GetPolicy } from "./policies.ts";
import { allDone, unlessAborted, within } from "./promises.ts";
import { Refreshes } from "./refreshes.ts";
import type { Result, Results } from "./result.ts";
import type { Flight, Running } from "./single-flight.ts";
import type { Stores } from "./stores.ts";
import { Writing } from "./writing.ts";

/**
 * A cache that never forgets the last good answer.
 *
 *     const datastore = new Datastore({ cache: memoryCache(), backup: fsBackup("./var/backups") });
 *     const feed = await datastore.get("feed", loadFeed, "5m");
 */
export class Datastore {
  readonly #parts: Parts;
  readonly #now: () => number;
  readonly #policies: GetPolicies;
  readonly #topics: Topics;
  readonly #stores: Stores;
  readonly #flights: Flights;
  readonly #results: Results;
  readonly #loading: Loading;
  readonly #writing: Writing;
  readonly #refreshes = new Refreshes();
  readonly #lineage = new Lineage();
  readonly #keepAlive = new KeepAlive();
  #getsUntilCull: number;
  #closing: Promise<void> | undefined;

  /** Throws `TypeError` or `RangeError` for an option that is wrong, naming it. Opens nothing and asks no store. */
  constructor(options: DatastoreOptions) {
    const parts = assemble(options);
    this.#parts = parts;
    this.#now = parts.now;
    this.#policies = parts.policies;
    this.#topics = parts.events.topics;
    this.#stores = parts.stores;
    this.#flights = parts.flights;
    this.#results = parts.results;
    this.#loading = new Loading(parts);
    this.#writing = new Writing(parts);
    this.#getsUntilCull = parts.policy.cullAfter;
  }

  /**
   * The value of `key`: from the cache while it is fresh, else from `loader`, and from the backup when the loader fails.
   * Rejects only with the loader's own error where there is no backup either, with the reason of an aborted `signal`, with a
   * `DatastoreError` of code `LOAD_TIMEOUT`, `INVALID_VALUE`, `NOTHING_TO_RENEW`, `RECURSIVE_LOAD` or `CLOSED`, and with `TypeError` or
   * `RangeError` for wrong arguments.
   */
  get<T>(key: string, loader: Loader<T>, options?: Duration | GetOptions<T>): Promise<T> {
    try {
      const policy = this.#admit(key, loader, options);
      const found = this.#fresh(key, loader, policy);
      // Nearly every get ends here: an async function that waits for nothing would be dear.
      if (found instanceof Entry) return Promise.resolve(found.value);
      return this.#waitFor(this.#foundOrAnswer(found, key, loader, policy), policy).then(({ value }) => value);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Like `get`, and says where the value comes from and how old it is. */
  async getResult<T>(key: string, loader: Loader<T>, options?: Duration | GetOptions<T>): Promise<Result<T>> {
    const policy = this.#admit(key, loader, options);
    const found = this.#fresh(key, loader, policy);
    const answer = found instanceof Entry ? found : await this.#waitFor(this.#foundOrAnswer(found, key, loader, policy), policy);
    return answer instanceof Entry ? this.#results.of("cache", key, answer) : answer;
  }

  // Step 1: ask the cache. A hit that has not expired is the answer.

  #fresh<T>(key: string, loader: Loader<T>, policy: GetPolicy): Awaitable<Entry<T> | undefined> {
    if (!policy.useCache) return undefined;
    const found = this.#stores.cached(key);
    if (isEntryOrNothing(found)) return this.#ifFresh(key, found, loader, policy);
    return found.then((entry) => this.#ifFresh(key, entry, loader, policy));
  }

  #ifFresh<T>(key: string, entry: Entry | undefined, loader: Loader<T>, policy: GetPolicy): Entry<T> | undefined {
    const now = this.#now();
    if (entry === undefined || entry.expiresAt <= now || (entry.stale && ageOf(entry, now) > policy.maxStale)) {
      if (entry !== undefined) this.#parts.stamps.seen(key, entry.loadedAt);
      if (this.#topics.miss.isHeard) this.#topics.miss.emit({ key });
      return undefined;
    }
    if (this.#topics.hit.isHeard) this.#topics.hit.emit({ key, age: ageOf(entry, now), stale: entry.stale });
    if (policy.refreshAhead !== undefined) this.#refreshIfDue(key, entry, loader, policy, now);
    this.#stores.touchIfDue(key, entry, now);
    return entry as Entry<T>; // a key stands for one type: the caller's business, as in any cache
  }

  /** Starts one load behind for a value that is soon to expire, and no second one for the same cached copy. */
  #refreshIfDue<T>(key: string, entry: Entry, loader: Loader<T>, policy: GetPolicy, now: number): void {
    if (entry.stale || !isDue(entry, policy, now) || !this.#refreshes.begins(key, entry.expiresAt)) return;
    this.#parts.background.run(async () => {
      const running = this.#flights.loads.startBehind(key, this.#flight(key, loader, policy));
      await running?.outcome.catch(() => {}); // told of by loadFailed; the cached copy is still good
    });
  }

  #foundOrAnswer<T>(found: Awaitable<Entry<T> | undefined>, key: string, loader: Loader<T>, policy: GetPolicy): PromiseLike<Entry<T> | Result<T>> {
    const asker = this.#lineage.innermost; // before anything is waited for
    const orAnswer = (entry: Entry<T> | undefined): Awaitable<Entry<T> | Result<T>> => entry ?? this.#answer(key, loader, policy, asker);
    return isEntryOrNothing(found) ? this.#answer(key, loader, policy, asker) : found.then(orAnswer);
  }

  // Step 2: on a miss, join the flight for this key or start one. What a flight does, steps 3 to 6, is in loading.ts.

  async #answer<T>(key: string, loader: Loader<T>, policy: GetPolicy, asker: Ancestor | undefined): Promise<Result<T>> {
    const backup = policy.useCache ? undefined : await this.#backupFirst(key, policy);
    const result = backup ?? (await this.#loaded(key, loader, policy, asker));
    if (result.stale && !isYoungEnough(result, policy)) throw result.error;
    return result as Result<T>; // as in #ifFresh
  }

  #loaded<T>(key: string, loader: Loader<T>, policy: GetPolicy, asker: Ancestor | undefined): Promise<Result<unknown>> {
    this.#lineage.refuseLoop(key, asker);
    const load = this.#flights.loads.joinOrStart(key, this.#flight(key, loader, policy, asker));
    return policy.softTimeout === undefined ? load.outcome : this.#unlessSlow(key, load, policy, policy.softTimeout);
  }

  #flight<T>(key: string, loader: Loader<T>, policy: GetPolicy, asker?: Ancestor): (flight: Flight) => Promise<Result<unknown>> {
    return (flight) => this.#lineage.within(key, asker, () => this.#loading.load(key, loader, policy, flight));
  }

  /** With a `softTimeout`, a caller waits no longer than that for a load if there is a backup; the load finishes behind. */
  async #unlessSlow(key: string, { flight, outcome }: Running<Result<unknown>>, policy: GetPolicy, softTimeout: number): Promise<Result<unknown>> {
    const inTime = await within(outcome, softTimeout, () => undefined);
    if (inTime !== undefined) return inTime;
    const standIn = await this.#loading.standInForSlow(key, policy, flight);
    return standIn !== undefined && isYoungEnough(standIn, policy) ? standIn : outcome;
  }

  // Step 7: every `cullAfter` gets, a cull in the background.

  #countGet(): void {
    if (--this.#getsUntilCull > 0) return;
    const { policy, background, culler } = this.#parts;
    this.#getsUntilCull = policy.cullAfter;
    background.run(() => culler.cullIfRested().catch((error: unknown) => this.#stores.backupFailed(undefined, "cull", error)));
  }

  // The second mode, `useCache: false`: a backup, if there is one, is the answer and the loader is not called.

  async #backupFirst(key: string, policy: GetPolicy): Promise<Result<unknown> | undefined> {
    const reading = this.#flights.reads.joinOrStart(key, async () => {
      const entry = await this.#loading.usableBackup(key, policy);
      if (entry === undefined) return undefined;
      this.#stores.touchIfDue(key, entry, this.#now());
      return this.#results.of("backup", key, entry);
    });
    const backup = await reading.outcome;
    return backup !== undefined && isYoungEnough(backup, policy) ? backup : undefined;
  }

  // The rest of the surface.

  /** Keeps a value in cache and backup. Rejects if one of them did not take it; a backup write that failed is tried again. */
  async set(key: string, value: unknown, options?: Duration | SetOptions): Promise<void> {
    this.#admitKey(key);
    const { ttl } = this.#policies.resolve(options, "set");
    await this.#keepAlive.during(this.#writing.set(key, value, ttl));
  }

  /** Forgets the cached copy, so that the next `get` loads. Keeps the backup. Rejects if the cache could not forget. */
  async expire(key: string): Promise<void> {
    this.#admitKey(key);
    await this.#keepAlive.during(this.#writing.expire(key));
  }

  /** Forgets the cached copy and the backup. Rejects if one of the stores could not forget. */
  async delete(key: string): Promise<void> {
    this.#admitKey(key);
    await this.#keepAlive.during(this.#writing.delete(key));
  }

  /** The last good value, whatever its age, or `undefined`. Calls no loader. Rejects if the backup cannot be read. */
  async peekBackup<T = unknown>(key: string): Promise<Result<T> | undefined> {
    this.#admitKey(key);
    const entry = await this.#keepAlive.during(this.#parts.backup.read(key, () => undefined));
    return entry && this.#results.of("backup", key, entry as Entry<T>); // as in #ifFresh
  }

  /** Deletes backups that have not been used for `cullTime`. Rejects if the store cannot be listed. */
  async cull(options?: CullOptions): Promise<CullResult> {
    this.#admitOpen();
    return this.#keepAlive.during(this.#parts.culler.cull(options));
  }

  /** Waits until every backup write so far is durable. Rejects with `NOT_DURABLE` and the `keys` of those that are not. */
  async flush(): Promise<void> {
    this.#admitOpen();
    await this.#keepAlive.during(this.#parts.backup.flush());
  }

  /** The same stores, keys apart: `namespace("feeds").get("a")` and `get("a")` share nothing. */
  namespace(name: string): Namespace {
    return new Namespace(this, name);
  }

  /** A function that gets what `definition` says: `const user = define({ key: (id) => …, load: (id) => … }); await user(7)`. */
  define<K extends KeyOf, T>(definition: Definition<K, T>): Defined<ArgumentsOf<K>, T> {
    return define(this, definition);
  }

  /** What this process knows at the moment: which keys are served from their backup, and how the stores do. Asks nobody. */
  health(): Health {
    const { outages, cache, backup } = this.#parts;
    return { fallback: Array.from(outages, (outage) => inFallback(outage, this.#now())), cache: cache.health, backup: backup.health };
  }

  /** Which keys are served from their backup in any process that shares this backup store. Walks the whole store. */
  async *outages(): AsyncIterable<KeyInFallback> {
    this.#admitOpen();
    for await (const outage of this.#parts.outageRecords.list()) yield inFallback(outage, this.#now());
  }

  /** Calls `listener` at each event of this name. Returns a function that stops it. */
  on<E extends EventName>(event: E, listener: Listener<E>): () => void {
    return this.#parts.events.on(event, listener);
  }

  /**
   * Waits for running loads, background work and backup writes, then closes what the adapters opened. Rejects like `flush`
   * if a write could not be made durable. Every other call is refused from now on.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close().finally(() => this.#keepAlive.stop());
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await this.#keepAlive.idle();
    await this.#keepAlive.during(this.#finish());
  }

  async #finish(): Promise<void> {
    const { cache, backup, background } = this.#parts;
    await this.#flights.loads.settled(); // those whose callers an expire or a delete has taken away
    await background.drain();
    const [flushed] = await Promise.allSettled([backup.flush()]);
    this.#flights.loads.supersedeAll(); // what comes long after its time-out comes to closed stores
    await allDone([() => cache.close(), () => backup.close()]);
    if (flushed.status === "rejected") throw flushed.reason;
  }

  // What comes in.

  #admit<T>(key: string, loader: Loader<T>, options: Duration | GetOptions<T> | undefined): GetPolicy {
    this.#admitKey(key);
    if (typeof loader !== "function") throw new TypeError(`the loader of ${JSON.stringify(key)} must be a function, not ${typeof loader}`);
    const policy = this.#policies.resolve(options, "get");
    policy.signal?.throwIfAborted();
    this.#countGet();
    return policy;
  }

  #admitKey(key: string): void {
    if (typeof key !== "string") throw new TypeError(`a key must be a string, not ${typeof key}`);
    this.#admitOpen();
  }

  #admitOpen(): void {
    if (this.#closing !== undefined) throw new DatastoreError("CLOSED", "this datastore has been closed; make a new one");
  }

  /** Waits as a caller does: with the process alive, until the caller's own signal is aborted. */
  #waitFor<T>(work: PromiseLike<T>, { signal }: GetPolicy): Promise<T> {
    return this.#keepAlive.during(signal === undefined ? work : unlessAborted(work, signal));
  }
}

/** Whether the copy is older than the share of its ttl that `refreshAhead` says. A loader may have set it a shorter ttl. */
function isDue({ loadedAt, expiresAt }: Entry, { ttl, refreshAhead = 1 }: GetPolicy, now: number): boolean {
  const life = Math.min(ttl, expiresAt - loadedAt);
  return life - (expiresAt - now) >= life * refreshAhead; // never true of what never expires
}

/** Whoever joins may take less of age than the caller whose work it joins. */
function isYoungEnough({ age }: Result<unknown>, { maxStale }: GetPolicy): boolean {
  return age <= maxStale;
}
