import type { Awaitable } from "./adapter.ts";
import { Background } from "./background.ts";
import { BackupTier } from "./backup-tier.ts";
import { type CacheTier, cacheTier } from "./cache-tier.ts";
import { type CullOptions, Culler, type CullResult } from "./cull.ts";
import { type ArgumentsOf, type Defined, define, type Definition, type KeyOf } from "./define.ts";
import type { Duration } from "./duration.ts";
import { ageOf, Entry, isEntryOrNothing } from "./entry.ts";
import { DatastoreError, messageOf, saysGone } from "./errors.ts";
import { type EventName, Events, type Listener } from "./events.ts";
import { Guard } from "./guard.ts";
import type { Health, KeyInFallback } from "./health.ts";
import { KeepAlive } from "./keep-alive.ts";
import { Lineage } from "./lineage.ts";
import { Load, type Loader, type NotModified } from "./load.ts";
import { Namespace } from "./namespace.ts";
import type { DatastoreOptions, GetOptions, SetOptions } from "./options.ts";
import { OutageRecords } from "./outage-records.ts";
import { Outages } from "./outages.ts";
import { datastorePolicies, fallbackTtlOf, GetPolicies, type GetPolicy, type StorePolicy } from "./policies.ts";
import { allDone, unlessAborted, within } from "./promises.ts";
import { Records } from "./records.ts";
import { Refreshes } from "./refreshes.ts";
import type { Result } from "./result.ts";
import { type Flight, SingleFlight } from "./single-flight.ts";
import { Stamps } from "./stamps.ts";
import { Stores } from "./stores.ts";
import { invalidity } from "./validity.ts";

/**
 * A cache that never forgets the last good answer.
 *
 *     const datastore = new Datastore({ cache: memoryCache(), backup: fsBackup("./var/backups") });
 *     const feed = await datastore.get("feed", loadFeed, "5m");
 */
export class Datastore {
  readonly #policy: StorePolicy;
  readonly #policies: GetPolicies;
  readonly #events = new Events();
  readonly #background: Background;
  readonly #records: Records;
  readonly #cache: CacheTier;
  readonly #backup: BackupTier;
  readonly #stores: Stores;
  readonly #culler: Culler;
  readonly #outageRecords: OutageRecords;
  readonly #outages: Outages;
  readonly #loads = new SingleFlight<Result<unknown>>();
  readonly #reads = new SingleFlight<Result<unknown> | undefined>();
  readonly #standIns = new SingleFlight<Result<unknown> | undefined>();
  readonly #refreshes = new Refreshes();
  readonly #stamps = new Stamps();
  readonly #lineage = new Lineage();
  readonly #keepAlive = new KeepAlive();
  #getsUntilCull: number;
  #closing: Promise<void> | undefined;
  #storesClosed = false;

  /** Throws `TypeError` or `RangeError` for an option that is wrong, naming it. Opens nothing and asks no store. */
  constructor(options: DatastoreOptions) {
    const { store, get } = datastorePolicies(options);
    const now = (): number => this.#now();
    const events = this.#events;
    const { cullTime } = store;
    const background = new Background((error) => this.#stores.backupFailed(undefined, "background", error));
    const records = new Records(store.codec);
    const guard = new Guard(store.backup.name, store.backupTimeout, now);
    const cache = cacheTier(store.cache, new Guard(store.cache.name, store.cacheTimeout, now), records, now);
    const backup = new BackupTier({ adapter: store.backup, guard, records, stamps: this.#stamps, events, background, now, cullTime });

    this.#policy = store;
    this.#policies = new GetPolicies(get);
    this.#background = background;
    this.#records = records;
    this.#cache = cache;
    this.#backup = backup;
    this.#stores = new Stores({ cache, backup, records, events, background, cullTime });
    this.#culler = new Culler(backup, events, cullTime, now);
    this.#outageRecords = new OutageRecords(store.backup, guard);
    this.#outages = new Outages(this.#outageRecords, background);
    this.#getsUntilCull = store.cullAfter;
  }

  /**
   * The value of `key`: from the cache while it is fresh, else from `loader`, and from the backup when the loader fails.
   * Rejects only with the loader's own error where there is no backup either, with the reason of an aborted `signal`, with a
   * `DatastoreError` of code `LOAD_TIMEOUT`, `INVALID_VALUE`, `NOTHING_TO_RENEW`, `RECURSIVE_LOAD` or `CLOSED`, and with `TypeError` or
   * `RangeError` for wrong arguments.
   */
  async get<T>(key: string, loader: Loader<T>, options?: Duration | GetOptions<T>): Promise<T> {
    const policy = this.#admit(key, loader, options);
    const found = this.#fresh(key, loader, policy);
    const entry = isEntryOrNothing(found) ? found : await this.#waitFor(found, policy);
    if (entry !== undefined) return entry.value;
    const result = await this.#waitFor(this.#answer(key, loader, policy), policy);
    return result.value;
  }

  /** Like `get`, and says where the value comes from and how old it is. */
  async getResult<T>(key: string, loader: Loader<T>, options?: Duration | GetOptions<T>): Promise<Result<T>> {
    const policy = this.#admit(key, loader, options);
    const found = this.#fresh(key, loader, policy);
    const entry = isEntryOrNothing(found) ? found : await this.#waitFor(found, policy);
    if (entry !== undefined) return this.#result("cache", key, entry);
    return this.#waitFor(this.#answer(key, loader, policy), policy);
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
      if (entry !== undefined) this.#stamps.seen(key, entry.loadedAt);
      if (this.#events.heard("miss")) this.#events.emit("miss", { key });
      return undefined;
    }
    if (this.#events.heard("hit")) this.#events.emit("hit", { key, age: ageOf(entry, now), stale: entry.stale });
    if (policy.refreshAhead !== undefined) this.#refreshIfDue(key, entry, loader, policy, now);
    this.#stores.touchIfDue(key, entry, now);
    return entry as Entry<T>; // a key stands for one type: the caller's business, as in any cache
  }

  /** Starts one load behind for a value that is soon to expire, and no second one for the same cached copy. */
  #refreshIfDue<T>(key: string, entry: Entry, loader: Loader<T>, policy: GetPolicy, now: number): void {
    const rest = policy.ttl * (1 - (policy.refreshAhead ?? 1));
    if (entry.stale || entry.expiresAt - now > rest || !this.#refreshes.begins(key, entry.expiresAt)) return;
    this.#background.run(async () => {
      await this.#startOrJoin(key, loader, policy).catch(() => {}); // told of by loadFailed; the cached copy is still good
    });
  }

  // Step 2: on a miss, join the flight for this key or start one.

  async #answer<T>(key: string, loader: Loader<T>, policy: GetPolicy): Promise<Result<T>> {
    const backup = policy.useCache ? undefined : await this.#backupFirst(key, policy);
    const result = backup ?? (await this.#unlessSlow(key, this.#startOrJoin(key, loader, policy), policy));
    if (result.stale && !isYoungEnough(result, policy)) throw result.error;
    return result as Result<T>; // as in #ifFresh
  }

  #startOrJoin<T>(key: string, loader: Loader<T>, policy: GetPolicy): Promise<Result<unknown>> {
    this.#lineage.refuseLoop(key);
    return this.#loads.joinOrStart(key, (flight) => this.#lineage.within(key, () => this.#load(key, loader, policy, flight)));
  }

  /** With a `softTimeout`, a caller waits no longer than that for a load if there is a backup; the load finishes behind. */
  async #unlessSlow(key: string, load: Promise<Result<unknown>>, policy: GetPolicy): Promise<Result<unknown>> {
    if (policy.softTimeout === undefined) return load;
    const inTime = await within(load, policy.softTimeout, () => undefined);
    if (inTime !== undefined) return inTime;
    const standIn = await this.#standIns.joinOrStart(key, () => this.#standInForSlow(key, policy));
    return standIn !== undefined && isYoungEnough(standIn, policy) ? standIn : load;
  }

  // Step 3: call the loader.

  async #load<T>(key: string, loader: Loader<T>, policy: GetPolicy, flight: Flight): Promise<Result<T>> {
    const began = this.#now();
    const load = new Load<T>(key, this.#stamps.next(key, began), policy, () => this.#lastGood(key));
    let entry: Entry<T>;
    try {
      entry = await this.#entryOf(load, await load.run(loader), policy);
    } catch (error) {
      if (load.timedOut) flight.lingers = load.late((value) => this.#keep(key, load, load.entry(value, this.#now()), policy, flight));
      this.#events.emit("loadFailed", { key, error, duration: this.#now() - began });
      return this.#fallBack(key, error, policy, flight);
    }
    this.#events.emit("load", { key, loadedAt: entry.loadedAt, duration: this.#now() - began });
    this.#recovered(key);
    await this.#keep(key, load, entry, policy, flight);
    return this.#result("loader", key, entry);
  }

  /** What was loaded; for "not modified", the last good value, fresh again. */
  async #entryOf<T>(load: Load<T>, value: T | NotModified, policy: GetPolicy): Promise<Entry<T>> {
    if (!load.isNotModified(value)) return load.entry(value, this.#now());
    const last = await this.#stores.lastGood(load.key, (entry) => refusal(policy, load.key, entry));
    if (last !== undefined) return load.renewed(last as Entry<T>, this.#now()); // as in #ifFresh
    throw new DatastoreError("NOTHING_TO_RENEW", `the loader of ${JSON.stringify(load.key)} said notModified(), and there is no backup`, { key: load.key });
  }

  // Step 4: it succeeds. The value goes to cache and backup.

  async #keep<T>(key: string, load: Load<T>, entry: Entry<T>, policy: GetPolicy, flight: Flight): Promise<void> {
    if (entry.value === undefined || !load.isKept || flight.mayWrite === "nothing" || this.#storesClosed) return;
    const { loadedAt, metadata } = entry;
    if (loadedAt < load.loadedAt) return this.#renew(key, entry, policy, flight);
    const payload = this.#stores.encode(key, entry.value);
    const writing = payload && this.#stores.keep({ key, loadedAt, payload, metadata }, policy.backupWait);
    // What other processes can see has to be durable first: none of them may answer with a value that a crash takes back.
    const isShared = this.#policy.cache.stores === "bytes";
    if (!isShared) await this.#fill(key, entry, policy, flight, payload);
    const isOvertaken = (await writing) === true; // by a newer value, or a deletion, of another process
    if (isShared && !isOvertaken) await this.#fill(key, entry, policy, flight, payload);
    if (!isShared && isOvertaken && policy.useCache) await this.#stores.withdraw(key, entry);
    if (payload !== undefined && this.#policy.drill > Math.random()) this.#stores.drill(key, loadedAt);
  }

  /** A value that is still right is not written again; it is in use, and fresh in the cache. */
  async #renew(key: string, entry: Entry, policy: GetPolicy, flight: Flight): Promise<void> {
    this.#stores.touch(key);
    await this.#fill(key, entry, policy, flight);
  }

  async #fill(key: string, entry: Entry, policy: GetPolicy, flight: Flight, payload?: Uint8Array): Promise<void> {
    if (!policy.useCache || flight.mayWrite !== "cache and backup") return;
    const ttl = entry.expiresAt - this.#now();
    if (ttl > 0) return this.#stores.fill(key, entry, ttl, payload);
    // Not to be cached, or expired by now: neither must an older value be, which another process may have put there meanwhile.
    if (!entry.stale) await this.#stores.withdraw(key, entry);
  }

  #recovered(key: string): void {
    const outage = this.#outages.recovered(key);
    if (outage !== undefined) this.#events.emit("recovered", { key, after: this.#now() - outage.since });
  }

  // Step 5: it fails. A usable backup is the answer, and is cached for half the ttl, counted from now.
  // Step 6: with no usable backup, the loader's own error comes through.

  async #fallBack<T>(key: string, error: unknown, policy: GetPolicy, flight: Flight): Promise<Result<T>> {
    if (!mayFallBack(error, policy)) {
      if (saysGone(error) && flight.mayWrite !== "nothing") await this.#stores.forget(key, this.#stamps.next(key, this.#now()));
      throw error;
    }
    const backup = await this.#usableBackup<T>(key, policy);
    if (backup === undefined) throw error;

    const now = this.#now();
    const { failures } = this.#outages.failed(key, error, backup.loadedAt, now);
    const fallbackTtl = fallbackTtlOf(policy, failures);
    this.#outages.record(key, fallbackTtl, now);
    return this.#standIn(key, backup, error, fallbackTtl, policy, flight);
  }

  async #standInForSlow(key: string, policy: GetPolicy): Promise<Result<unknown> | undefined> {
    const backup = await this.#usableBackup(key, policy);
    const flight = this.#loads.flight(key);
    if (backup === undefined || flight === undefined) return undefined; // the load may be over by now: it has the answer
    const error = new DatastoreError("LOAD_SLOW", `the load of ${JSON.stringify(key)} takes longer than its softTimeout`, { key });
    return this.#standIn(key, backup, error, fallbackTtlOf(policy, 0), policy, flight);
  }

  async #standIn<T>(key: string, backup: Entry<T>, error: unknown, fallbackTtl: number, policy: GetPolicy, flight: Flight): Promise<Result<T>> {
    const now = this.#now();
    const until = Math.min(now + fallbackTtl, backup.loadedAt + policy.maxStale);
    const entry = new Entry(backup.value, backup.loadedAt, until, true, backup.metadata);
    this.#events.emit("fallback", { key, age: ageOf(entry, now), error, until });
    this.#stores.touchIfDue(key, entry, now);
    await this.#fill(key, entry, policy, flight);
    return { ...this.#result("backup", key, entry), error };
  }

  async #usableBackup<T>(key: string, policy: GetPolicy): Promise<Entry<T> | undefined> {
    const entry = await this.#stores.lastGood(key, (found) => refusal(policy, key, found));
    if (entry === undefined) return undefined;
    this.#stamps.seen(key, entry.loadedAt);
    return ageOf(entry, this.#now()) <= policy.maxStale ? (entry as Entry<T>) : undefined; // as in #ifFresh
  }

  async #lastGood<T>(key: string): Promise<Result<T> | undefined> {
    const entry = await this.#stores.lastGood(key, () => undefined);
    return entry && this.#result("backup", key, entry as Entry<T>); // as in #ifFresh
  }

  // Step 7: every `cullAfter` gets, a cull in the background.

  #countGet(): void {
    if (--this.#getsUntilCull > 0) return;
    this.#getsUntilCull = this.#policy.cullAfter;
    this.#background.run(() => this.#culler.cullIfRested().catch((error: unknown) => this.#stores.backupFailed(undefined, "cull", error)));
  }

  // The second mode, `useCache: false`: a backup, if there is one, is the answer and the loader is not called.

  async #backupFirst(key: string, policy: GetPolicy): Promise<Result<unknown> | undefined> {
    const backup = await this.#reads.joinOrStart(key, async () => {
      const entry = await this.#usableBackup(key, policy);
      if (entry === undefined) return undefined;
      this.#stores.touchIfDue(key, entry, this.#now());
      return this.#result("backup", key, entry);
    });
    return backup !== undefined && isYoungEnough(backup, policy) ? backup : undefined;
  }

  // The rest of the surface.

  /** Keeps a value in cache and backup. Rejects if one of them did not take it; a backup write that failed is tried again. */
  async set(key: string, value: unknown, options?: Duration | SetOptions): Promise<void> {
    this.#admitKey(key);
    const { ttl } = this.#policies.resolve(options, "set");
    if (value === undefined) throw new TypeError(`set(${JSON.stringify(key)}) needs a value; delete() forgets one`);
    const payload = this.#records.payload(key, value);
    this.#supersede(key);
    this.#recovered(key);
    const now = this.#now();
    const entry = new Entry(value, this.#stamps.next(key, now), now + ttl, false);
    const cache = (): Promise<void> =>
      ttl > 0 ? this.#stores.replaceCached(key, entry, ttl, payload) : this.#stores.deleteCached(key, entry.loadedAt);
    await this.#keepAlive.during(allDone([cache, () => this.#backup.write({ key, loadedAt: entry.loadedAt, payload })]));
  }

  /** Forgets the cached copy, so that the next `get` loads. Keeps the backup. Rejects if the cache could not forget. */
  async expire(key: string): Promise<void> {
    this.#admitKey(key);
    this.#loads.supersede(key, "backup");
    await this.#keepAlive.during(this.#stores.expireCached(key, this.#stamps.next(key, this.#now())));
  }

  /** Forgets the cached copy and the backup. Rejects if one of the stores could not forget. */
  async delete(key: string): Promise<void> {
    this.#admitKey(key);
    this.#supersede(key);
    this.#outages.recovered(key);
    const deletedAt = this.#stamps.next(key, this.#now());
    await this.#keepAlive.during(allDone([() => this.#stores.deleteCached(key, deletedAt), () => this.#backup.delete(key, deletedAt)]));
  }

  /** The last good value, whatever its age, or `undefined`. Calls no loader. Rejects if the backup cannot be read. */
  async peekBackup<T = unknown>(key: string): Promise<Result<T> | undefined> {
    this.#admitKey(key);
    const entry = await this.#keepAlive.during(this.#backup.read(key, () => undefined));
    return entry && this.#result("backup", key, entry as Entry<T>); // as in #ifFresh
  }

  /** Deletes backups that have not been used for `cullTime`. Rejects if the store cannot be listed. */
  async cull(options?: CullOptions): Promise<CullResult> {
    this.#admitOpen();
    return this.#keepAlive.during(this.#culler.cull(options));
  }

  /** Waits until every backup write so far is durable. Rejects with `NOT_DURABLE` and the `keys` of those that are not. */
  async flush(): Promise<void> {
    this.#admitOpen();
    await this.#keepAlive.during(this.#backup.flush());
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
    const now = this.#now();
    const fallback = Array.from(this.#outages, ([key, { since, failures, error, loadedAt }]) => {
      return { key, since, failures, error, age: Math.max(0, now - loadedAt) };
    });
    return { fallback, cache: this.#cache.health, backup: this.#backup.health };
  }

  /** Which keys are served from their backup in any process that shares this backup store. Walks the whole store. */
  async *outages(): AsyncIterable<KeyInFallback> {
    this.#admitOpen();
    for await (const { key, since, failures, error, loadedAt } of this.#outageRecords.list()) {
      yield { key, since, failures, error, age: Math.max(0, this.#now() - loadedAt) };
    }
  }

  /** Calls `listener` at each event of this name. Returns a function that stops it. */
  on<E extends EventName>(event: E, listener: Listener<E>): () => void {
    return this.#events.on(event, listener);
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
    await this.#loads.settled(); // those whose callers an expire or a delete has taken away
    await this.#background.drain();
    const [flushed] = await Promise.allSettled([this.#backup.flush()]);
    this.#storesClosed = true;
    await allDone([() => this.#cache.close(), () => this.#backup.close()]);
    if (flushed.status === "rejected") throw flushed.reason;
  }

  // What comes in, what goes out.

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

  /** Whatever runs for this key answers its own callers, writes nothing, and is not joined any more. */
  #supersede(key: string): void {
    for (const flights of [this.#loads, this.#reads, this.#standIns]) flights.supersede(key, "nothing");
  }

  /** Waits as a caller does: with the process alive, until the caller's own signal is aborted. */
  #waitFor<T>(work: PromiseLike<T>, { signal }: GetPolicy): Promise<T> {
    return this.#keepAlive.during(signal === undefined ? work : unlessAborted(work, signal));
  }

  #result<T>(source: Result<T>["source"], key: string, { value, stale, loadedAt, metadata }: Entry<T>): Result<T> {
    const result = { value, source, stale, loadedAt, age: Math.max(0, this.#now() - loadedAt), ...(metadata && { metadata }) };
    const outage = stale ? this.#outages.get(key) : undefined;
    return outage === undefined ? result : { ...result, error: outage.error };
  }

  /** Whole epoch milliseconds, whatever a clock of the user's own says. */
  #now(): number {
    const now = Math.trunc(this.#policy.clock.now());
    return now >= 0 ? now : 0;
  }
}

/** Whoever joins may take less of age than the caller whose work it joins. */
function isYoungEnough({ age }: Result<unknown>, { maxStale }: GetPolicy): boolean {
  return age <= maxStale;
}

async function refusal({ validate }: GetPolicy, key: string, entry: Entry): Promise<string | undefined> {
  const error = await invalidity(validate, entry.value, { key, lastGood: async () => undefined });
  return error === undefined ? undefined : `not valid: ${messageOf(error)}`;
}

/** A `shouldFallback` that throws has not said no. */
function mayFallBack(error: unknown, policy: GetPolicy): boolean {
  try {
    return policy.shouldFallback(error);
  } catch {
    return true;
  }
}
