import { channel, type Channel } from "node:diagnostics_channel";
import { isPromiseLike } from "../base/async.ts";
import { mustBe } from "../base/shown.ts";
import { shownKey } from "../base/stored-key.ts";
import { messageOf, type Operation } from "./errors.ts";
import { withErrorAsJson } from "./told-error.ts";

/** The content of each event. Times are epoch milliseconds, ages and durations milliseconds. */
export interface Facts {
  /** The cache answered. `stale`: its copy is a backup that stands in. */
  hit: { readonly key: string; readonly age: number; readonly stale: boolean };
  /** The cache had nothing fresh. */
  miss: { readonly key: string };
  /** A get that the cache did not answer was answered after `duration`. `stale`: the answer stands in for a load. */
  answered: { readonly key: string; readonly source: "loader" | "backup"; readonly stale: boolean; readonly duration: number };
  /** A get rejected with `error` after `duration`. */
  rejected: { readonly key: string; readonly error: unknown; readonly duration: number };
  /** The loader answered. */
  loaded: { readonly key: string; readonly loadedAt: number; readonly duration: number };
  /** The loader threw, rejected or took too long, or its value was not valid. */
  loadFailed: { readonly key: string; readonly error: unknown; readonly duration: number };
  /** The backup answered in place of a loader that failed with `error`; a cache may repeat it until `until`. */
  fallback: { readonly key: string; readonly age: number; readonly error: unknown; readonly until: number };
  /** The loader answered for a key that had been served from its backup for `after` milliseconds. */
  recovered: { readonly key: string; readonly after: number };
  /** The program has set the key, and both stores have the value. */
  set: { readonly key: string; readonly loadedAt: number };
  /** The program has expired the key. The end of a ttl emits no event. */
  expired: { readonly key: string };
  /** The program has deleted the key, and both stores have forgotten it. */
  deleted: { readonly key: string };
  /** The cache failed, or held something that cannot be read. Callers do not notice: only this event reports it. */
  cacheFailed: { readonly key: string | undefined; readonly operation: Operation; readonly error: unknown };
  /** The backup store failed. `retry`: whether the write will be retried. */
  backupFailed: { readonly key: string | undefined; readonly operation: Operation; readonly error: unknown; readonly retry: boolean };
  /** A record in the backup cannot be read. It stays there. `error`: the store's error, if the store could not read it. */
  backupCorrupt: { readonly key: string; readonly loadedAt: number; readonly reason: BackupCorruptReason; readonly error?: unknown };
  /** A record in the backup is whole but must not stand in. It stays there. `error`: what `validate` threw. */
  backupSkipped: { readonly key: string; readonly loadedAt: number; readonly reason: BackupSkippedReason; readonly error?: unknown };
  /** A value was written to the backup, durably. */
  backupWritten: { readonly key: string; readonly loadedAt: number; readonly size: number };
  /** A cull is over. `postponed`: it would have deleted too much, so it waits for a second cull, at least a day later, that finds the same. */
  culled: { readonly examined: number; readonly deleted: number; readonly failed: number; readonly postponed: boolean };
  /** A call of a store is over. `adapter`: the store's name. Calls of a cache that answers without a promise are left out. */
  storeCalled: {
    readonly key: string | undefined;
    readonly adapter: string;
    readonly operation: Operation;
    readonly duration: number;
    readonly error?: unknown;
  };
  /** Background work failed that has no event of its own, such as writing the record of an outage. */
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
  /** The store has the record but could not read it. */
  | "not readable";

/** Why a whole record does not stand in. */
export type BackupSkippedReason =
  /** `validate` refused its value. */
  "invalid";

/** What a listener gets: the content of the event, and the name of the datastore. */
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

/** One kind of event, with its listeners and its `lastgood:*` channel on `node:diagnostics_channel`. */
export class Topic<E extends EventName> {
  /** Replaced at every change, so that an event reaches exactly the listeners that were there when it began. */
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

  /** Whether anybody listens. If not, the event need not be created. */
  get isHeard(): boolean {
    return this.#listeners.length > 0 || this.#channel.hasSubscribers;
  }

  on(listener: Listener<E>): () => void {
    // Wrapped, so that a listener that was added twice is called twice, and each stop function removes its own.
    const own: Listener<E> = (event) => listener(event);
    this.#listeners = [...this.#listeners, own];
    return () => void (this.#listeners = this.#listeners.filter((one) => one !== own));
  }

  /** `facts` must not be used elsewhere: it becomes the event. */
  emit(facts: Facts[E]): void {
    this.count++;
    if (!this.isHeard) return;
    const event = this.#told(facts);
    for (const listener of this.#listeners) callSafely(listener, event);
    if (this.#channel.hasSubscribers) this.#channel.publish(event);
  }

  /** Reuses the object. Copying it, or searching it for an error, would double the cost of a hit. */
  #told(facts: Facts[E]): DatastoreEvents[E] {
    const event = withShownKey(facts) as DatastoreEvents[E] & { name?: string }; // which the next line adds
    if (this.#datastore !== undefined) event.name = this.#datastore;
    return this.#hasError ? withErrorAsJson(event) : event;
  }
}

export type Topics = { readonly [E in EventName]: Topic<E> };

/** All events of a datastore. */
export class Events {
  readonly topics: Topics;

  /** `datastore`: the name in every event. */
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

/** A listener that throws or rejects affects neither the caller nor the other listeners. A warning shows its error. */
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
