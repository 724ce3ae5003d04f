import type { Awaitable } from "./adapter.ts";
import { Background } from "./background.ts";
import { BackupTier } from "./backup-tier.ts";
import { type CacheTier, cacheTier } from "./cache-tier.ts";
import { type CullOptions, Culler, type CullResult } from "./cull.ts";
import type { Duration } from "./duration.ts";
import { ageOf, Entry } from "./entry.ts";
import { DatastoreError, saysGone } from "./errors.ts";
import { type EventName, Events, type Listener } from "./events.ts";
import { Load, type Loader } from "./load.ts";
import type { DatastoreOptions, GetOptions } from "./options.ts";
import { Outages } from "./outages.ts";
import type { BackupWrite } from "./pending-writes.ts";
import { datastorePolicies, fallbackTtlOf, GetPolicies, type GetPolicy, type StorePolicy } from "./policies.ts";
import { isPromiseLike, unlessAborted, within } from "./promises.ts";
import { Records } from "./records.ts";
import type { Result } from "./result.ts";
import { type Flight, SingleFlight } from "./single-flight.ts";
import { Stamps } from "./stamps.ts";
import { Touches } from "./touches.ts";
import { invalidity } from "./validity.ts";
import { warnOnce } from "./warnings.ts";

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
  readonly #culler: Culler;
  readonly #loads = new SingleFlight<Result<unknown>>();
  readonly #reads = new SingleFlight<Result<unknown> | undefined>();
  readonly #stamps = new Stamps();
  readonly #outages = new Outages();
  readonly #touches: Touches;
  #getsUntilCull: number;
  #closing: Promise<void> | undefined;

  /** Throws `TypeError` or `RangeError` for an option that is wrong, naming it. Opens nothing and asks no store. */
  constructor(options: DatastoreOptions) {
    const { store, get } = datastorePolicies(options);
    this.#policy = store;
    this.#policies = new GetPolicies(get);
    this.#background = new Background((error) => this.#backupFailed(undefined, "background", error));
    this.#records = new Records(store.codec);
    this.#cache = cacheTier(store.cache, store.cacheTimeout, this.#records);
    this.#backup = new BackupTier({
      adapter: store.backup,
      timeout: store.backupTimeout,
      records: this.#records,
      events: this.#events,
      background: this.#background,
      now: () => this.#now(),
    });
    this.#culler = new Culler(this.#backup, this.#events, store.cullTime, () => this.#now());
    this.#touches = new Touches(store.cullTime / 10);
    this.#getsUntilCull = store.cullAfter;
  }

  /**
   * The value of `key`: from the cache while it is fresh, else from `loader`, and from the backup when the loader fails.
   * Rejects only with the loader's own error where there is no backup either, with a `DatastoreError` of code `LOAD_TIMEOUT`,
   * `INVALID_VALUE` or `CLOSED`, with the reason of an aborted `signal`, and with `TypeError` or `RangeError` for wrong arguments.
   */
  async get<T>(key: string, loader: Loader<T>, options?: Duration | GetOptions<T>): Promise<T> {
    const policy = this.#admit(key, loader, options);
    const looked = this.#fresh(key, policy);
    const entry = isPromiseLike(looked) ? await this.#unlessAborted(looked, policy) : looked;
    if (entry !== undefined) return entry.value as T; // a key stands for one type: the caller's business, as in any cache
    const result = await this.#unlessAborted(this.#answer(key, loader, policy), policy);
    return result.value;
  }

  /** Like `get`, and says where the value comes from and how old it is. */
  async getResult<T>(key: string, loader: Loader<T>, options?: Duration | GetOptions<T>): Promise<Result<T>> {
    const policy = this.#admit(key, loader, options);
    const entry = await this.#unlessAborted(this.#fresh(key, policy), policy);
    if (entry !== undefined) return this.#result("cache", key, entry as Entry<T>); // as in get
    return this.#unlessAborted(this.#answer(key, loader, policy), policy);
  }

  /** Keeps a value in cache and backup. Rejects if one of them did not take it; a backup write that failed is tried again. */
  async set(key: string, value: unknown, options?: Duration | Pick<GetOptions, "ttl">): Promise<void> {
    this.#admitKey(key);
    const policy = this.#policies.resolve(options);
    if (value === undefined) throw new TypeError(`set(${JSON.stringify(key)}) needs a value; use delete to forget one`);
    const payload = this.#records.payload(key, value);
    this.#loads.supersede(key, "nothing");
    this.#recovered(key);
    const now = this.#now();
    const entry = new Entry(value, this.#stamps.next(key, now), now + policy.ttl, false);
    await allDone([
      () => (policy.ttl > 0 ? this.#cache.set(key, entry, policy.ttl, payload) : this.#cache.delete(key)),
      () => this.#backup.write({ key, loadedAt: entry.loadedAt, payload }),
    ]);
  }

  /** Forgets the cached copy, so that the next `get` loads. Keeps the backup. Rejects if the cache could not forget. */
  async expire(key: string): Promise<void> {
    this.#admitKey(key);
    this.#loads.supersede(key, "backup");
    await this.#cache.delete(key);
  }

  /** Forgets the cached copy and the backup. Rejects if one of the stores could not forget. */
  async delete(key: string): Promise<void> {
    this.#admitKey(key);
    this.#loads.supersede(key, "nothing");
    this.#outages.recovered(key);
    await allDone([() => this.#cache.delete(key), () => this.#backup.delete(key)]);
  }

  /** The last good value, whatever its age, or `undefined`. Calls no loader. Rejects if the backup cannot be read. */
  async peekBackup<T = unknown>(key: string): Promise<Result<T> | undefined> {
    this.#admitKey(key);
    return this.#peek<T>(key);
  }

  /** Deletes backups that have not been used for `cullTime`. Rejects if the store cannot be listed. */
  async cull(options?: CullOptions): Promise<CullResult> {
    this.#admitOpen();
    return this.#culler.cull(options);
  }

  /** Waits until every backup write so far is durable. Rejects with `NOT_DURABLE` and the `keys` of those that are not. */
  async flush(): Promise<void> {
    await this.#backup.flush();
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
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  // Step 1: ask the cache.

  /** The cached entry if it is fresh. A cache that fails has nothing: a miss and an event. */
  #fresh(key: string, policy: GetPolicy): Awaitable<Entry | undefined> {
    if (!policy.useCache) return undefined;
    try {
      const found = this.#cache.get(key);
      if (!isPromiseLike(found)) return this.#ifFresh(key, found);
      return found.then(
        (entry) => this.#ifFresh(key, entry),
        (error) => this.#missFor(key, error),
      );
    } catch (error) {
      return this.#missFor(key, error);
    }
  }

  #ifFresh(key: string, entry: Entry | undefined): Entry | undefined {
    const now = this.#now();
    if (entry !== undefined && entry.expiresAt > now) {
      this.#hit(key, entry, now);
      return entry;
    }
    if (entry !== undefined) this.#stamps.seen(key, entry.loadedAt);
    if (this.#events.heard("miss")) this.#events.emit("miss", { key });
    return undefined;
  }

  #missFor(key: string, error: unknown): undefined {
    this.#cacheFailed(key, "get", error);
    this.#events.emit("miss", { key });
  }

  #hit(key: string, entry: Entry, now: number): void {
    this.#touchIfDue(key, entry, now);
    if (this.#events.heard("hit")) this.#events.emit("hit", { key, age: ageOf(entry, now), stale: entry.stale });
  }

  // Step 2: join the flight for this key or start one.

  async #answer<T>(key: string, loader: Loader<T>, policy: GetPolicy): Promise<Result<T>> {
    const backup = policy.useCache ? undefined : await this.#reads.joinOrStart(key, () => this.#backupFirst(key, policy));
    const result = backup ?? (await this.#loads.joinOrStart(key, (flight) => this.#load(key, loader, policy, flight)));
    // The load may have been started by a caller that takes older backups than this one.
    if (result.stale && result.age > policy.maxStale) throw result.error;
    return result as Result<T>; // a key stands for one type, as in get
  }

  // Step 3: call the loader.

  async #load<T>(key: string, loader: Loader<T>, policy: GetPolicy, flight: Flight): Promise<Result<T>> {
    const began = this.#now();
    const loadedAt = this.#stamps.next(key, began);
    const load = new Load<T>(key, policy, () => this.#lastGood(key));
    const keep = (value: T): Promise<void> => {
      const expiresAt = this.#now() + load.ttl * (1 - policy.jitter * Math.random());
      return this.#keep(key, new Entry(value, loadedAt, expiresAt, false), policy, flight);
    };
    let value: T;
    try {
      value = await load.run(loader);
    } catch (error) {
      if (load.timedOut) flight.lingers = load.late(keep);
      this.#events.emit("loadFailed", { key, error, duration: this.#now() - began });
      return this.#fallBack(key, error, policy, flight);
    }
    this.#events.emit("load", { key, loadedAt, duration: this.#now() - began });
    this.#recovered(key);
    await keep(value);
    return { value, source: "loader", stale: false, loadedAt, age: Math.max(0, this.#now() - loadedAt) };
  }

  // Step 4: the value goes to cache and backup, side by side. What fails there is an event.

  async #keep(key: string, entry: Entry, policy: GetPolicy, flight: Flight): Promise<void> {
    if (entry.value === undefined || flight.mayWrite === "nothing" || this.#closing !== undefined) return;
    const payload = this.#encode(key, entry.value);
    const written = payload && this.#writeBackup({ key, loadedAt: entry.loadedAt, payload }, policy.backupWait);
    const cached = this.#fillCache(key, entry, policy, flight, payload);
    await written;
    await cached;
  }

  // Steps 5 and 6: the backup stands in, or the loader's own error comes through.

  async #fallBack<T>(key: string, error: unknown, policy: GetPolicy, flight: Flight): Promise<Result<T>> {
    if (!policy.shouldFallback(error)) {
      if (saysGone(error) && flight.mayWrite !== "nothing") await this.#forget(key);
      throw error;
    }
    const backup = await this.#readBackup<T>(key, policy);
    if (backup === undefined) throw error;

    const now = this.#now();
    const { failures } = this.#outages.failed(key, error, now);
    const until = Math.min(now + fallbackTtlOf(policy, failures), backup.loadedAt + policy.maxStale);
    const entry = new Entry(backup.value, backup.loadedAt, until, true);
    this.#events.emit("fallback", { key, age: ageOf(entry, now), error, until });
    this.#touchIfDue(key, entry, now);
    await this.#fillCache(key, entry, policy, flight);
    return this.#result("backup", key, entry);
  }

  // Step 7: every so many gets, cull in the background.

  #countGet(): void {
    if (--this.#getsUntilCull > 0) return;
    this.#getsUntilCull = this.#policy.cullAfter;
    this.#background.run(() => this.#culler.cull().catch((error: unknown) => this.#backupFailed(undefined, "cull", error)));
  }

  // The second mode: backup first.

  async #backupFirst(key: string, policy: GetPolicy): Promise<Result<unknown> | undefined> {
    const entry = await this.#readBackup(key, policy);
    if (entry === undefined) return undefined;
    this.#touchIfDue(key, entry, this.#now());
    return this.#result("backup", key, entry);
  }

  // What each step needs of the stores: nothing below rejects because a store failed.

  async #readBackup<T>(key: string, policy: GetPolicy): Promise<Entry<T> | undefined> {
    try {
      const entry = await this.#backup.read(key, (found) => refusal(policy.validate, key, found));
      if (entry === undefined) return undefined;
      this.#stamps.seen(key, entry.loadedAt);
      return ageOf(entry, this.#now()) <= policy.maxStale ? (entry as Entry<T>) : undefined; // as in get
    } catch (error) {
      this.#backupFailed(key, "read", error);
      return undefined;
    }
  }

  async #lastGood<T>(key: string): Promise<Result<T> | undefined> {
    try {
      return await this.#peek<T>(key);
    } catch (error) {
      this.#backupFailed(key, "read", error);
      return undefined;
    }
  }

  async #peek<T>(key: string): Promise<Result<T> | undefined> {
    const entry = await this.#backup.read(key, () => undefined);
    return entry && this.#result("backup", key, entry as Entry<T>); // as in get
  }

  /** Encoded right after the load, before a caller can change the value that it is handed. */
  #encode(key: string, value: unknown): Uint8Array | undefined {
    try {
      return this.#records.payload(key, value);
    } catch (error) {
      this.#backupFailed(key, "encode", error);
      if (!this.#events.heard("backupFailed")) warnOnce("LASTGOOD_UNSERIALIZABLE", `no backup of ${JSON.stringify(key)}: ${String(error)}`);
      return undefined;
    }
  }

  /** Settles well when the backup is durable, has failed, or has taken longer than `wait`: then it goes on behind. */
  #writeBackup(write: BackupWrite, wait: number): Awaitable<void> {
    try {
      const written = this.#backup.write(write);
      if (!isPromiseLike(written)) return;
      const settled = written.then(undefined, ignore); // the tier has told of it, and keeps the write
      this.#background.run(() => settled);
      return wait > 0 ? within(settled, wait, ignore) : undefined;
    } catch {
      return undefined; // as above
    }
  }

  async #fillCache(key: string, entry: Entry, policy: GetPolicy, flight: Flight, payload?: Uint8Array): Promise<void> {
    const ttl = entry.expiresAt - this.#now();
    if (!policy.useCache || flight.mayWrite !== "cache and backup" || !(ttl > 0)) return;
    try {
      await this.#cache.set(key, entry, ttl, payload);
    } catch (error) {
      this.#cacheFailed(key, "set", error);
    }
  }

  async #forget(key: string): Promise<void> {
    try {
      await this.#backup.delete(key);
    } catch (error) {
      this.#backupFailed(key, "delete", error);
    }
  }

  #touchIfDue(key: string, entry: Entry, now: number): void {
    if (!this.#touches.due(key, entry.loadedAt, now)) return;
    this.#background.run(async () => {
      try {
        await this.#backup.touch(key);
      } catch (error) {
        this.#backupFailed(key, "touch", error);
      }
    });
  }

  #recovered(key: string): void {
    const outage = this.#outages.recovered(key);
    if (outage !== undefined) this.#events.emit("recovered", { key, after: this.#now() - outage.since });
  }

  #cacheFailed(key: string, operation: string, error: unknown): void {
    this.#events.emit("cacheFailed", { key, operation, error });
  }

  #backupFailed(key: string | undefined, operation: string, error: unknown): void {
    this.#events.emit("backupFailed", { key, operation, error, retry: false });
  }

  #result<T>(source: Result<T>["source"], key: string, entry: Entry<T>): Result<T> {
    const { value, stale, loadedAt } = entry;
    const result: Result<T> = { value, source, stale, loadedAt, age: ageOf(entry, this.#now()) };
    const error = stale ? this.#outages.get(key)?.error : undefined;
    return error === undefined ? result : { ...result, error };
  }

  #admit(key: string, loader: unknown, options: Duration | GetOptions<never> | undefined): GetPolicy {
    this.#admitKey(key);
    if (typeof loader !== "function") throw new TypeError(`the loader of ${JSON.stringify(key)} must be a function, not ${typeof loader}`);
    const policy = this.#policies.resolve(options);
    policy.signal?.throwIfAborted();
    this.#countGet();
    return policy;
  }

  #admitKey(key: string): void {
    if (typeof key !== "string") throw new TypeError(`a key must be a string, not ${typeof key}`);
    this.#admitOpen();
  }

  #admitOpen(): void {
    if (this.#closing === undefined) return;
    throw new DatastoreError("CLOSED", "this datastore has been closed; make a new one");
  }

  async #close(): Promise<void> {
    await this.#reads.settled();
    await this.#loads.settled();
    await this.#background.drain();
    const flushed = await Promise.allSettled([this.#backup.flush()]);
    await allDone([() => this.#cache.close(), () => this.#backup.close()]);
    if (flushed[0].status === "rejected") throw flushed[0].reason;
  }

  #unlessAborted<T>(work: Awaitable<T>, policy: GetPolicy): Awaitable<T> {
    if (policy.signal === undefined || !isPromiseLike(work)) return work;
    return unlessAborted(Promise.resolve(work), policy.signal);
  }

  /** Whole epoch milliseconds, whatever a clock of the user's own says. */
  #now(): number {
    const now = Math.trunc(this.#policy.clock.now());
    return now >= 0 ? now : 0;
  }
}

function ignore(): void {}

async function refusal(validate: GetPolicy["validate"], key: string, entry: Entry): Promise<string | undefined> {
  const error = await invalidity(validate, key, entry.value);
  return error === undefined ? undefined : `not valid: ${String(error)}`;
}

/** Does all of it, whatever fails, and then throws what did. */
async function allDone(works: readonly (() => Awaitable<unknown>)[]): Promise<void> {
  const outcomes = await Promise.allSettled(works.map(async (work) => work()));
  const errors = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []));
  if (errors.length < 2) for (const error of errors) throw error;
  else throw new DatastoreError("STORE_FAILED", errors.map(String).join("; "), { cause: new AggregateError(errors) });
}
