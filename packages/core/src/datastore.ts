import { assemble, type DatastoreParts } from "./assemble.ts";
import type { CullOptions, CullResult } from "./backup/culler.ts";
import type { Duration } from "./time/duration.ts";
import { storedKey } from "./base/stored-key.ts";
import { allOrThrow } from "./changes.ts";
import { type ArgumentsOf, type Defined, define, type Definition, type KeyOf } from "./define.ts";
import type { Result } from "./entry/result.ts";
import type { Loader } from "./load/loader.ts";
import type { LoadWrap } from "./load/load-wraps.ts";
import { KeyedCalls } from "./keyed-calls.ts";
import { Namespace } from "./namespace.ts";
import { cullOptions } from "./options/checks.ts";
import type { DatastoreOptions, GetOptions, SetOptions } from "./options/options.ts";
import { type Health, inFallback, type KeyInFallback } from "./outage/health.ts";
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
  readonly #calls: KeyedCalls;
  #closing: Promise<void> | undefined;

  /** Throws `TypeError` or `RangeError` for an option that is wrong, naming it. Opens nothing and asks no store. */
  constructor(options: DatastoreOptions) {
    this.#parts = assemble(options);
    this.#calls = new KeyedCalls(this.#parts);
  }

  /** What events, metrics and the console call this datastore; `undefined` if it was given no name. */
  get name(): string | undefined {
    return this.#parts.storePolicy.name;
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
    return this.#calls.get(stored(key), loader, options);
  }

  /**
   * Like `get`, and says where the value comes from and how old it is.
   *
   * @example
   * const { value, source, stale, age } = await datastore.getResult("feed", loadFeed, "5m");
   * if (stale) console.warn(`the feed is ${Math.round(age / 60_000)} minutes old, and comes from the ${source}`);
   */
  getResult<T>(key: string, loader: Loader<T>, options?: Duration | GetOptions<T>): Promise<Result<T>> {
    return this.#calls.getResult(stored(key), loader, options);
  }

  /** Keeps a value in cache and backup. Rejects if one of them did not take it; a backup write that failed is tried again. */
  set(key: string, value: unknown, options?: Duration | SetOptions): Promise<void> {
    return this.#calls.set(stored(key), value, options);
  }

  /** Forgets the cached copy, so that the next `get` loads. Keeps the backup. Rejects if the cache could not forget. */
  expire(key: string): Promise<void> {
    return this.#calls.expire(stored(key));
  }

  /** Forgets the cached copy and the backup. Rejects if one of the stores could not forget. */
  delete(key: string): Promise<void> {
    return this.#calls.delete(stored(key));
  }

  /** The last good value, whatever its age, or `undefined`. Calls no loader. Rejects if the backup cannot be read. */
  peekBackup<T = unknown>(key: string): Promise<Result<T> | undefined> {
    return this.#calls.peekBackup<T>(stored(key));
  }

  /** Deletes backups that have not been used for `cullTime`. Rejects if the store cannot be listed. */
  async cull(options?: CullOptions): Promise<CullResult> {
    cullOptions(options);
    this.#calls.admitOpen();
    return this.#calls.keepAlive.during(this.#parts.culler.cull(options));
  }

  /** Waits until every backup write so far is durable. Rejects with `NOT_DURABLE` and the `keys` of those that are not. */
  async flush(): Promise<void> {
    this.#calls.admitOpen();
    await this.#calls.keepAlive.during(this.#parts.backup.flush());
  }

  /** The same stores, keys apart: `namespace("feeds").get("a")` and `get("a")` share nothing, nor does any other key. */
  namespace(name: string): Namespace {
    return new Namespace(this.#calls, name);
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
      ...(this.name !== undefined && { name: this.name }),
      fallback: Array.from(outages, (outage) => inFallback(outage, now())),
      cache: withErrorAsJson(cache.health),
      backup: withErrorAsJson(backup.health),
      unprotected: Array.from(backup.unprotected),
    };
  }

  /** Which keys are served from their backup in any process that shares this backup store. Walks the whole store. */
  async *outages(): AsyncIterable<KeyInFallback> {
    this.#calls.admitOpen();
    for await (const outage of this.#parts.outageLog.list()) yield inFallback(outage, this.#parts.now());
  }

  /** Calls `listener` at each event of this name. Returns a function that stops it. */
  on<E extends EventName>(event: E, listener: Listener<E>): () => void {
    return this.#parts.events.on(event, listener);
  }

  /**
   * Runs each load within `wrap`, such as a span of a tracer: `wrap` calls `run` at once, which resolves when the load is over and never
   * rejects. A wrap changes nothing for the load, even if it throws. Returns a function that stops it.
   *
   * @example
   * const stop = datastore.wrapLoads(async ({ key }, run) => {
   *   const outcome = await run();
   *   console.log(key, outcome.ok ? "loaded" : outcome.error);
   * });
   */
  wrapLoads(wrap: LoadWrap): () => void {
    return this.#parts.loadWraps.add(wrap);
  }

  /**
   * Waits for running loads, background work and backup writes, then closes what the adapters opened. Rejects like `flush`
   * if a write could not be made durable. Every other call is refused from now on.
   */
  close(): Promise<void> {
    this.#calls.isClosed = true;
    this.#closing ??= this.#close().finally(() => this.#calls.keepAlive.stop());
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await this.#calls.keepAlive.idle();
    await this.#calls.keepAlive.during(this.#finish());
  }

  async #finish(): Promise<void> {
    const { cache, backup, background, outages, readPath } = this.#parts;
    outages.hurry();
    await readPath.loads.settled(); // those whose callers an expire or a delete has taken away
    await background.drain();
    const [flushed] = await Promise.allSettled([backup.flush()]);
    readPath.loads.supersedeAll(); // what comes long after its time-out comes to closed stores
    await allOrThrow([() => cache.close(), () => backup.close()]);
    if (flushed.status === "rejected") throw flushed.reason;
  }
}

/** What is no string stays what it is: the call refuses it. */
function stored(key: string): string {
  return typeof key === "string" ? storedKey(key) : key;
}
