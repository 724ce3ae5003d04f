import { assemble, type DatastoreParts } from "./assemble.ts";
import type { CullOptions, CullResult } from "./backup/culler.ts";
import { allOrThrow } from "./changes.ts";
import type { ClearResult } from "./clearing.ts";
import type { LoadWrap } from "./load/load-wraps.ts";
import { Inspector } from "./inspector.ts";
import { KeyedCalls } from "./keyed-calls.ts";
import { Keyspace } from "./keyspace.ts";
import { Namespace } from "./namespace.ts";
import { tagMark } from "./marks/mark-names.ts";
import { clearOptions, cullOptions, tagName } from "./options/checks.ts";
import type { DatastoreOptions } from "./options/options.ts";
import { type Health, inFallback, type KeyInFallback } from "./outage/health.ts";
import { withErrorAsJson } from "./report/told-error.ts";
import { type Counters, countersOf } from "./report/counters.ts";
import type { EventName, Listener } from "./report/events.ts";

/**
 * A cache that never forgets the last good answer.
 *
 * @example
 * const datastore = new Datastore({ cache: memoryCache(), backup: fsBackup("./var/backups") });
 * const feed = await datastore.get("feed", loadFeed, "5m");
 */
export class Datastore extends Keyspace {
  readonly #parts: DatastoreParts;
  readonly #calls: KeyedCalls;
  #closing: Promise<void> | undefined;

  /** Throws `TypeError` or `RangeError` for an option that is wrong, naming it. Opens nothing and asks no store. */
  constructor(options: DatastoreOptions) {
    const parts = assemble(options);
    const calls = new KeyedCalls(parts);
    super(calls);
    this.#parts = parts;
    this.#calls = calls;
  }

  /** What events, metrics and the console call this datastore; `undefined` if it was given no name. */
  get name(): string | undefined {
    return this.#parts.storePolicy.name;
  }

  /** Deletes backups that have not been used for `cullTime`. Rejects if the store cannot be listed. */
  async cull(options?: CullOptions): Promise<CullResult> {
    cullOptions(options);
    this.#calls.admitOpen();
    return this.#calls.keepAlive.during(this.#parts.culler.cull(options));
  }

  /**
   * Deletes every key, those of all namespaces included, as `delete` does: cached copies and backups, for all processes. It must be confirmed,
   * because no last good answer is left. Walks the whole backup store. Goes on past failures, and then rejects with `STORE_FAILED`: call it again.
   *
   * @example
   * const { deleted } = await datastore.clear({ confirm: true });
   */
  async clear(options: { readonly confirm: true }): Promise<ClearResult> {
    clearOptions(options);
    return this.#calls.clear(() => true);
  }

  /**
   * What has this tag, in any namespace, is no longer fresh: the next `get` of it loads, in every process. The backups stay, and stand in if
   * that load fails. One write to each store, however many keys have the tag. Rejects if a store fails: call it again.
   *
   * @example
   * const profile = await datastore.get("profile:7", () => loadUser(7), { ttl: "1h", tags: ["user:7"] });
   * await datastore.expireTag("user:7"); // after a change of the user
   */
  async expireTag(tag: string): Promise<void> {
    await this.#calls.setMark(tagMark(tagName(tag, "expireTag: tag")));
  }

  /**
   * Like `expireTag`, and backups of what was loaded before never stand in again. They are culled once they have been unused for `cullTime`:
   * to erase them from the store at once, call `delete` for each key, or `clear` for a namespace.
   *
   * @example
   * await datastore.deleteTag("user:7"); // the user is gone
   */
  async deleteTag(tag: string): Promise<void> {
    await this.#calls.deleteTag(tagName(tag, "deleteTag: tag"));
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
    for await (const outage of this.#calls.keepAlive.each(this.#parts.outageLog.list())) yield inFallback(outage, this.#parts.now());
  }

  /** For operators: the keys and records of the backup store, and ways to set them right. */
  inspect(): Inspector {
    return new Inspector(this.#parts, this.#calls);
  }

  /**
   * What this datastore has done since it was made, in numbers that only grow, whether anybody listens or not. `meter` counts by groups
   * of keys and by reasons.
   */
  counters(): Counters {
    return countersOf(this.#parts.events.topics);
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
    this.#parts.culler.hurry();
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
