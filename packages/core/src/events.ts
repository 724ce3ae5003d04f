import { channel, type Channel } from "node:diagnostics_channel";
import { messageOf } from "./errors.ts";
import { isPromiseLike } from "./promises.ts";

/** What happens, and what is told about it. Times are epoch milliseconds, ages and durations milliseconds. */
export interface DatastoreEvents {
  /** The cache answered. `stale`: with a backup that stands in. */
  hit: { readonly key: string; readonly age: number; readonly stale: boolean };
  /** The cache had nothing fresh. */
  miss: { readonly key: string };
  /** The loader answered. */
  load: { readonly key: string; readonly loadedAt: number; readonly duration: number };
  /** The loader threw, rejected, took too long, or its value was not valid. */
  loadFailed: { readonly key: string; readonly error: unknown; readonly duration: number };
  /** The backup answered in place of a loader that failed with `error`; a cache may repeat it until `until`. */
  fallback: { readonly key: string; readonly age: number; readonly error: unknown; readonly until: number };
  /** The loader answered for a key that had been served from its backup for `after` milliseconds. */
  recovered: { readonly key: string; readonly after: number };
  /** The cache failed, or held something that cannot be read. Nobody but this event is told. */
  cacheFailed: { readonly key: string | undefined; readonly operation: string; readonly error: unknown };
  /** The backup store failed. `retry`: whether the write is kept and tried again. */
  backupFailed: { readonly key: string | undefined; readonly operation: string; readonly error: unknown; readonly retry: boolean };
  /** A record in the backup cannot be used. It is left where it is. */
  backupCorrupt: { readonly key: string; readonly loadedAt: number; readonly reason: string };
  /** A value is in the backup, durably. */
  backupWritten: { readonly key: string; readonly loadedAt: number; readonly size: number };
  /** A cull is over. `postponed`: it would have taken too much, and waits until the next one agrees. */
  culled: { readonly examined: number; readonly deleted: number; readonly failed: number; readonly postponed: boolean };
}

export type EventName = keyof DatastoreEvents;
export type Listener<E extends EventName> = (event: DatastoreEvents[E]) => void;

type Listeners = { readonly [E in EventName]: Set<Listener<E>> };
type Channels = { readonly [E in EventName]: Channel };

function forEachName<T>(make: (name: EventName) => T): Record<EventName, T> {
  return {
    hit: make("hit"),
    miss: make("miss"),
    load: make("load"),
    loadFailed: make("loadFailed"),
    fallback: make("fallback"),
    recovered: make("recovered"),
    cacheFailed: make("cacheFailed"),
    backupFailed: make("backupFailed"),
    backupCorrupt: make("backupCorrupt"),
    backupWritten: make("backupWritten"),
    culled: make("culled"),
  };
}

const CHANNELS: Channels = forEachName((name) => channel(`lastgood:${name}`));

/** Tells listeners, and whoever subscribed to `lastgood:*` on `node:diagnostics_channel`. */
export class Events {
  readonly #listeners: Listeners = forEachName(() => new Set<never>());

  /** Whether an event of this name would be noticed: what nobody hears need not be made. */
  heard(name: EventName): boolean {
    return this.#listeners[name].size > 0 || CHANNELS[name].hasSubscribers;
  }

  on<E extends EventName>(name: E, listener: Listener<E>): () => void {
    if (!Object.hasOwn(this.#listeners, name)) throw new RangeError(`there is no event ${JSON.stringify(String(name))}; there are ${Object.keys(CHANNELS).join(", ")}`);
    if (typeof listener !== "function") throw new TypeError(`the listener for ${name} must be a function, not ${typeof listener}`);
    // Wrapped, so that a listener added twice is heard twice and each stop function stops its own.
    const own: Listener<E> = (event) => listener(event);
    const listeners = this.#listeners[name];
    listeners.add(own);
    return () => void listeners.delete(own);
  }

  emit<E extends EventName>(name: E, event: DatastoreEvents[E]): void {
    for (const listener of this.#listeners[name]) callSafely(listener, event);
    if (CHANNELS[name].hasSubscribers) CHANNELS[name].publish(event);
  }
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
