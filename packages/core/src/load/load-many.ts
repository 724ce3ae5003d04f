import type { Awaitable } from "../base/async.ts";
import type { LoadContext, NotModified } from "./loader.ts";

/** The result for one key: its value, or the error of its load. `undefined` counts as left out. */
export type LoadedOne<T> = T | NotModified | Error | undefined;

/** The second argument of `loadMany`: what it can know and say about its loads. */
export interface LoadManyContext {
  /** Aborted when the loads have taken longer than `timeout`. */
  readonly signal: AbortSignal;
  /** How many milliseconds the values are fresh in the cache unless `setTtl` says otherwise: the `ttl` that was asked for. */
  readonly ttl: number;
  /** The context of the load of one of the keys, as a loader of that key alone gets it: `of(key).setTtl("1h")`. */
  readonly of: (key: string) => LoadContext;
}

/**
 * Loads many keys with one call. It returns a Map, or an array with one item for each key in their order. A key that it leaves out
 * (not in the Map, or `undefined`) or gives an `Error` for has failed alone. If it throws or rejects, all keys have failed with that error.
 */
export type LoadMany<T> = (keys: readonly string[], context: LoadManyContext) => Awaitable<ReadonlyMap<string, LoadedOne<T>> | readonly LoadedOne<T>[]>;
