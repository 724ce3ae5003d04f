import { assemble, type DatastoreParts } from "./assemble.ts";
import type { CullOptions, CullResult } from "./backup/culler.ts";
import type { Duration } from "./base/duration.ts";
import { KeepAlive } from "./base/keep-alive.ts";
import { abortable } from "./base/async.ts";
import { allOrThrow } from "./changes.ts";
import { type ArgumentsOf, type Defined, define, type Definition, type KeyOf } from "./define.ts";
import { Entry } from "./entry/entry.ts";
import type { Result } from "./entry/result.ts";
import type { Loader } from "./get/loader.ts";
import type { ReadPath } from "./get/read-path.ts";
import { Namespace } from "./namespace.ts";
import type { DatastoreOptions, GetOptions, SetOptions } from "./options/options.ts";
import type { GetPolicies, GetPolicy } from "./options/policies.ts";
import { type Health, inFallback, type KeyInFallback } from "./outage/health.ts";
import { DatastoreError } from "./report/errors.ts";
import { withErrorAsJson } from "./report/told-error.ts";
import type { EventName, Listener } from "./report/events.ts";

/**
 * A cache that never forgets the last good answer.
 *
 * @example
 * const datastore = new Datastore({ cache: memoryCache(), backup: fsBackup("./var/backups") });
 * const feed = await datastore.get("feed", loadFeed, "5m");
 */
export class Datastore {
  readonly #parts: DatastoreParts;
  readonly #getPolicies: GetPolicies;
  readonly #readPath: ReadPath;
  readonly #keepAlive = new KeepAlive();
  #getsUntilCull: number;
  #closing: Promise<void> | undefined;

  /** Throws `TypeError` or `RangeError` for an option that is wrong, naming it. Opens nothing and asks no store. */
  constructor(options: DatastoreOptions) {
    this.#parts = assemble(options);
    this.#getPolicies = this.#parts.getPolicies;
    this.#readPath = this.#parts.readPath;
    this.#getsUntilCull = this.#parts.storePolicy.cullAfter;
  }

  /**
   * The value of `key`: from the cache while it is fresh, else from `loader`, and from the backup when the loader fails.
   *
   * Rejects only with the loader's own error where there is no backup either, with the reason of an aborted `signal`, with a
   * `DatastoreError` of code `LOAD_TIMEOUT`, `INVALID_VALUE`, `NOTHING_TO_RENEW`, `RECURSIVE_LOAD` or `CLOSED`, and with `TypeError` or
   * `RangeError` for wrong arguments. Never because a store is slow, full, down or damaged.
   *
   * `options` is a ttl (`"5m"` where it is left out), or an object of `GetOptions`.
   *
   * @example
   * const feed = await datastore.get("feed", loadFeed, "5m");
   * const user = await datastore.get("user:7", () => loadUser(7), { ttl: "1h", maxStale: "7d" });
   */
  get<T>(key: string, loader: Loader<T>, options?: Duration | GetOptions<T>): Promise<T> {
    try {
      const policy = this.#admit(key, loader, options);
      const found = this.#readPath.fresh(key, loader, policy);
      // Nearly every get ends here: an async function that waits for nothing would be dear.
      if (found instanceof Entry) return Promise.resolve(found.value);
      return this.#waitFor(this.#readPath.answer(found, key, loader, policy), policy).then(({ value }) => value);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Like `get`, and says where the value comes from and how old it is.
   *
   * @example
   * const { value, source, stale, age } = await datastore.getResult("feed", loadFeed, "5m");
   * if (stale) console.warn(`the feed is ${Math.round(age / 60_000)} minutes old, and comes from the ${source}`);
   */
  async getResult<T>(key: string, loader: Loader<T>, options?: Duration | GetOptions<T>): Promise<Result<T>> {
    const policy = this.#admit(key, loader, options);
    const found = this.#readPath.fresh(key, loader, policy);
    const answer = found instanceof Entry ? found : await this.#waitFor(this.#readPath.answer(found, key, loader, policy), policy);
    return answer instanceof Entry ? this.#parts.results.of("cache", key, answer) : answer;
  }

  /** Keeps a value in cache and backup. Rejects if one of them did not take it; a backup write that failed is tried again. */
  async set(key: string, value: unknown, options?: Duration | SetOptions): Promise<void> {
    this.#admitKey(key);
    const { ttl } = this.#getPolicies.resolve(options, "set");
    await this.#keepAlive.during(this.#parts.changes.set(key, value, ttl));
  }

  /** Forgets the cached copy, so that the next `get` loads. Keeps the backup. Rejects if the cache could not forget. */
  async expire(key: string): Promise<void> {
    this.#admitKey(key);
    await this.#keepAlive.during(this.#parts.changes.expire(key));
  }

  /** Forgets the cached copy and the backup. Rejects if one of the stores could not forget. */
  async delete(key: string): Promise<void> {
    this.#admitKey(key);
    await this.#keepAlive.during(this.#parts.changes.delete(key));
  }

  /** The last good value, whatever its age, or `undefined`. Calls no loader. Rejects if the backup cannot be read. */
  async peekBackup<T = unknown>(key: string): Promise<Result<T> | undefined> {
    this.#admitKey(key);
    const entry = await this.#keepAlive.during(this.#parts.backup.read(key, () => undefined));
    return entry && this.#parts.results.of("backup", key, entry as Entry<T>); // a key stands for one type: the caller's business
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

  /**
   * A typed function of its own for one kind of thing: its key, its loader and its options are said once. The function calls `get`;
   * its `result`, `expire`, `delete`, `peekBackup` and `keyOf` take the same arguments.
   *
   * Throws `TypeError` at once for a definition that is wrong.
   *
   * @example
   * const user = datastore.define({ key: (id: number) => `user:${id}`, load: (id) => loadUser(id), ttl: "1h" });
   * const { name } = await user(7);
   * await user.expire(7);
   */
  define<K extends KeyOf, T>(definition: Definition<K, T>): Defined<ArgumentsOf<K>, T> {
    return define(this, definition);
  }

  /** What this process knows at the moment: which keys are served from their backup, and how the stores do. Asks nobody. */
  health(): Health {
    const { outages, cache, backup, now } = this.#parts;
    return {
      fallback: Array.from(outages, (outage) => inFallback(outage, now())),
      cache: withErrorAsJson(cache.health),
      backup: withErrorAsJson(backup.health),
      unprotected: Array.from(backup.unprotected),
    };
  }

  /** Which keys are served from their backup in any process that shares this backup store. Walks the whole store. */
  async *outages(): AsyncIterable<KeyInFallback> {
    this.#admitOpen();
    for await (const outage of this.#parts.outageLog.list()) yield inFallback(outage, this.#parts.now());
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
    await this.#readPath.loads.settled(); // those whose callers an expire or a delete has taken away
    await background.drain();
    const [flushed] = await Promise.allSettled([backup.flush()]);
    this.#readPath.loads.supersedeAll(); // what comes long after its time-out comes to closed stores
    await allOrThrow([() => cache.close(), () => backup.close()]);
    if (flushed.status === "rejected") throw flushed.reason;
  }

  // What comes in.

  #admit<T>(key: string, loader: Loader<T>, options: Duration | GetOptions<T> | undefined): GetPolicy {
    this.#admitKey(key);
    if (typeof loader !== "function") throw new TypeError(`the loader of ${JSON.stringify(key)} must be a function, not ${typeof loader}`);
    const policy = this.#getPolicies.resolve(options, "get");
    if (policy.signal?.aborted === true) throw policy.signal.reason; // not throwIfAborted: a polyfill may have none
    this.#countGet();
    return policy;
  }

  /** Every `cullAfter` gets, a cull in the background: step 7. */
  #countGet(): void {
    if (--this.#getsUntilCull > 0) return;
    const { storePolicy, background, culler, events } = this.#parts;
    this.#getsUntilCull = storePolicy.cullAfter;
    background.run(() => culler.cullIfRested().catch((error: unknown) => events.emit("backupFailed", { key: undefined, operation: "cull", error, retry: false })));
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
    return this.#keepAlive.during(signal === undefined ? work : abortable(work, signal));
  }
}
