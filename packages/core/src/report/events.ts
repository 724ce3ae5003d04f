import { channel, type Channel } from "node:diagnostics_channel";
import { isPromiseLike } from "../base/async.ts";
import { mustBe } from "../base/shown.ts";
import { shownKey } from "../base/stored-key.ts";
import { messageOf, type Operation } from "./errors.ts";
import { withErrorAsJson } from "./told-error.ts";

/** What happened, by event. Times are epoch milliseconds, ages and durations milliseconds. */
export interface Facts {
  /** The cache answered. `stale`: with a backup that stands in. */
  hit: { readonly key: string; readonly age: number; readonly stale: boolean };
  /** The cache had nothing fresh. */
  miss: { readonly key: string };
  /** A get that the cache did not answer has its answer, `duration` after it asked. `stale`: the answer stands in for a load. */
  answered: { readonly key: string; readonly source: "loader" | "backup"; readonly stale: boolean; readonly duration: number };
  /** A get has been rejected with `error`, `duration` after it asked. */
  rejected: { readonly key: string; readonly error: unknown; readonly duration: number };
  /** The loader answered. */
  loaded: { readonly key: string; readonly loadedAt: number; readonly duration: number };
  /** The loader threw, rejected, took too long, or its value was not valid. */
  loadFailed: { readonly key: string; readonly error: unknown; readonly duration: number };
  /** The backup answered in place of a loader that failed with `error`; a cache may repeat it until `until`. */
  fallback: { readonly key: string; readonly age: number; readonly error: unknown; readonly until: number };
  /** The loader answered for a key that had been served from its backup for `after` milliseconds. */
  recovered: { readonly key: string; readonly after: number };
  /** The program has set the key, and both stores have the value. */
  set: { readonly key: string; readonly loadedAt: number };
  /** The program has expired the key. Of a ttl that is over, nothing is told. */
  expired: { readonly key: string };
  /** The program has deleted the key, and both stores have forgotten it. */
  deleted: { readonly key: string };
  /** The cache failed, or held something that cannot be read. Nobody but this event is told. */
  cacheFailed: { readonly key: string | undefined; readonly operation: Operation; readonly error: unknown };
  /** The backup store failed. `retry`: whether the write is kept and tried again. */
  backupFailed: { readonly key: string | undefined; readonly operation: Operation; readonly error: unknown; readonly retry: boolean };
  /** A record in the backup cannot be read. It is left where it is. `error`: the store's, where it was the store that could not. */
  backupCorrupt: { readonly key: string; readonly loadedAt: number; readonly reason: BackupCorruptReason; readonly error?: unknown };
  /** A record in the backup is whole, and must not stand in. It is left where it is. `error`: what `validate` threw. */
  backupSkipped: { readonly key: string; readonly loadedAt: number; readonly reason: BackupSkippedReason; readonly error?: unknown };
  /** A value is in the backup, durably. */
  backupWritten: { readonly key: string; readonly loadedAt: number; readonly size: number };
  /** A cull is over. `postponed`: it would have taken too much, and waits until one at least a day later agrees. */
  culled: { readonly examined: number; readonly deleted: number; readonly failed: number; readonly postponed: boolean };
  /** A call of a store is over. `adapter`: the store's name. Of a cache that answers without a promise, nothing is told. */
  storeCalled: {
    readonly key: string | undefined;
    readonly adapter: string;
    readonly operation: Operation;
    readonly duration: number;
    readonly error?: unknown;
  };
  /** Work in the background failed that no other event is for, such as the record of an outage. */
  backgroundFailed: { readonly error: unknown };
}

/** Why a record in the backup cannot be read. */
export type BackupCorruptReason =
  | "not a lastgood record"
  | "newer format"
  | "damaged"
  | "record of another key"
  | "record of another codec"
  | "not decodable"
  /** The store has the record and could not read it. */
  | "not readable";

/** Why a whole record does not stand in. */
export type BackupSkippedReason =
  /** `validate` refused its value. */
  "invalid";

/** What is told about an event: what happened, and at which datastore. */
export type DatastoreEvents = {
  readonly [E in keyof Facts]: Facts[E] & {
    /** The `name` of the datastore, if it has one. */
    readonly name?: string;
  };
};

/** The name of an event. */
export type EventName = keyof Facts;
/** A listener to an event. */
export type Listener<E extends EventName> = (event: DatastoreEvents[E]) => void;

const WITHOUT_ERROR: ReadonlySet<EventName> = new Set(["hit", "miss", "answered", "loaded", "recovered", "set", "expired", "deleted", "backupWritten", "culled"]);

/** One kind of event: who listens here, and who subscribed to its `lastgood:*` on `node:diagnostics_channel`. */
export class Topic<E extends EventName> {
  /** Replaced at every change: an event under way is heard by those who listened when it began. */
  #listeners: readonly Listener<E>[] = [];
  readonly #channel: Channel;
  readonly #datastore: string | undefined;
  readonly #hasError: boolean;
  /** How often it has happened. What nobody hears is counted here, and not emitted. */
  count = 0;

  constructor(name: E, datastore: string | undefined) {
    this.#channel = channel(`lastgood:${name}`);
    this.#hasError = !WITHOUT_ERROR.has(name);
    this.#datastore = datastore;
  }

  /** Whether an event would be noticed: what nobody hears need not be made. */
  get isHeard(): boolean {
    return this.#listeners.length > 0 || this.#channel.hasSubscribers;
  }

  on(listener: Listener<E>): () => void {
    // Wrapped, so that a listener added twice is heard twice and each stop function stops its own.
    const own: Listener<E> = (event) => listener(event);
    this.#listeners = [...this.#listeners, own];
    return () => void (this.#listeners = this.#listeners.filter((one) => one !== own));
  }

  /** `facts`: an object that nobody else has. */
  emit(facts: Facts[E]): void {
    this.count++;
    if (!this.isHeard) return;
    const event = this.#told(facts);
    for (const listener of this.#listeners) callSafely(listener, event);
    if (this.#channel.hasSubscribers) this.#channel.publish(event);
  }

  /** Its own object, made for this event: to copy it, or to look for an error in it, would double what a hit costs. */
  #told(facts: Facts[E]): DatastoreEvents[E] {
    const event = withShownKey(facts) as DatastoreEvents[E] & { name?: string }; // which the next line adds
    if (this.#datastore !== undefined) event.name = this.#datastore;
    return this.#hasError ? withErrorAsJson(event) : event;
  }
}

export type Topics = { readonly [E in EventName]: Topic<E> };

/** Everything that a datastore tells. */
export class Events {
  readonly topics: Topics;

  /** `datastore`: its name, which every event has. */
  constructor(datastore?: string) {
    this.topics = {
      hit: new Topic("hit", datastore),
      miss: new Topic("miss", datastore),
      answered: new Topic("answered", datastore),
      rejected: new Topic("rejected", datastore),
      loaded: new Topic("loaded", datastore),
      loadFailed: new Topic("loadFailed", datastore),
      fallback: new Topic("fallback", datastore),
      recovered: new Topic("recovered", datastore),
      set: new Topic("set", datastore),
      expired: new Topic("expired", datastore),
      deleted: new Topic("deleted", datastore),
      cacheFailed: new Topic("cacheFailed", datastore),
      backupFailed: new Topic("backupFailed", datastore),
      backupCorrupt: new Topic("backupCorrupt", datastore),
      backupSkipped: new Topic("backupSkipped", datastore),
      backupWritten: new Topic("backupWritten", datastore),
      culled: new Topic("culled", datastore),
      storeCalled: new Topic("storeCalled", datastore),
      backgroundFailed: new Topic("backgroundFailed", datastore),
    };
  }

  on<E extends EventName>(name: E, listener: Listener<E>): () => void {
    const { topics } = this;
    if (!Object.hasOwn(topics, name)) throw new RangeError(mustBe("on: event", `one of ${Object.keys(topics).join(", ")}`, name));
    if (typeof listener !== "function") throw new TypeError(mustBe("on: listener", "a function", listener));
    return topics[name].on(listener);
  }

  emit<E extends EventName>(name: E, facts: Facts[E]): void {
    this.topics[name].emit(facts);
  }
}

function withShownKey<T extends object>(event: T): T {
  const key = "key" in event && typeof event.key === "string" ? event.key : "";
  const shown = shownKey(key);
  return shown === key ? event : { ...event, key: shown };
}

/** A listener that throws or rejects disturbs neither the caller nor the other listeners; its error is shown as a warning. */
function callSafely<T>(listener: (event: T) => unknown, event: T): void {
  try {
    const answer = listener(event);
    if (isPromiseLike(answer)) answer.then(undefined, warn);
  } catch (error) {
    warn(error);
  }
}

function warn(error: unknown): void {
  process.emitWarning(`a lastgood listener threw: ${messageOf(error)}`, { code: "LASTGOOD_LISTENER" });
}
