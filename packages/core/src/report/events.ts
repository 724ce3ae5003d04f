import { channel, type Channel } from "node:diagnostics_channel";
import { messageOf, type Operation } from "./errors.ts";
import { isPromiseLike } from "../base/async.ts";
import { shownKey } from "../base/stored-key.ts";

/** What happens, and what is told about it. Times are epoch milliseconds, ages and durations milliseconds. */
export interface DatastoreEvents {
  /** The cache answered. `stale`: with a backup that stands in. */
  hit: { readonly key: string; readonly age: number; readonly stale: boolean };
  /** The cache had nothing fresh. */
  miss: { readonly key: string };
  /** The loader answered. */
  loaded: { readonly key: string; readonly loadedAt: number; readonly duration: number };
  /** The loader threw, rejected, took too long, or its value was not valid. */
  loadFailed: { readonly key: string; readonly error: unknown; readonly duration: number };
  /** The backup answered in place of a loader that failed with `error`; a cache may repeat it until `until`. */
  fallback: { readonly key: string; readonly age: number; readonly error: unknown; readonly until: number };
  /** The loader answered for a key that had been served from its backup for `after` milliseconds. */
  recovered: { readonly key: string; readonly after: number };
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

export type EventName = keyof DatastoreEvents;
export type Listener<E extends EventName> = (event: DatastoreEvents[E]) => void;

/** One kind of event: who listens here, and who subscribed to its `lastgood:*` on `node:diagnostics_channel`. */
class Topic<E extends EventName> {
  readonly #listeners = new Set<Listener<E>>();
  readonly #channel: Channel;

  constructor(name: E) {
    this.#channel = channel(`lastgood:${name}`);
  }

  /** Whether an event would be noticed: what nobody hears need not be made. */
  get isHeard(): boolean {
    return this.#listeners.size > 0 || this.#channel.hasSubscribers;
  }

  on(listener: Listener<E>): () => void {
    // Wrapped, so that a listener added twice is heard twice and each stop function stops its own.
    const own: Listener<E> = (event) => listener(event);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  emit(told: DatastoreEvents[E]): void {
    const event = withShownKey(told);
    for (const listener of [...this.#listeners]) callSafely(listener, event); // a listener may add others
    if (this.#channel.hasSubscribers) this.#channel.publish(event);
  }
}

export type Topics = { readonly [E in EventName]: Topic<E> };

/** Everything that a datastore tells. */
export class Events {
  readonly topics: Topics = {
    hit: new Topic("hit"),
    miss: new Topic("miss"),
    loaded: new Topic("loaded"),
    loadFailed: new Topic("loadFailed"),
    fallback: new Topic("fallback"),
    recovered: new Topic("recovered"),
    cacheFailed: new Topic("cacheFailed"),
    backupFailed: new Topic("backupFailed"),
    backupCorrupt: new Topic("backupCorrupt"),
    backupSkipped: new Topic("backupSkipped"),
    backupWritten: new Topic("backupWritten"),
    culled: new Topic("culled"),
    backgroundFailed: new Topic("backgroundFailed"),
  };

  on<E extends EventName>(name: E, listener: Listener<E>): () => void {
    const { topics } = this;
    if (!Object.hasOwn(topics, name)) throw new RangeError(`there is no event ${JSON.stringify(String(name))}; there are ${Object.keys(topics).join(", ")}`);
    if (typeof listener !== "function") throw new TypeError(`the listener for ${name} must be a function, not ${typeof listener}`);
    return topics[name].on(listener);
  }

  emit<E extends EventName>(name: E, event: DatastoreEvents[E]): void {
    this.topics[name].emit(event);
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
