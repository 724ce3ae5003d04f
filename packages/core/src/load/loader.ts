import type { Awaitable } from "../base/async.ts";
import type { Duration } from "../time/duration.ts";
import type { Metadata } from "../entry/entry.ts";
import type { Result } from "../entry/result.ts";

/** Loads the value of a key. The load has failed if it throws, rejects, or returns an `Error`. */
export type Loader<T> = (context: LoadContext) => Awaitable<T | NotModified>;

const MARK: unique symbol = Symbol("not modified");

/** What `notModified()` returns, for the loader to return. */
export interface NotModified {
  readonly [MARK]: true;
}

// An object, because TypeScript widens a symbol returned by an async function to `symbol`, and infers that as the value's type.
export const NOT_MODIFIED: NotModified = { [MARK]: true };

/**
 * The argument of a loader: what it can know about its load and say about its value. It does not name the value's type, which TypeScript
 * infers from what the loader returns.
 */
export interface LoadContext {
  readonly key: string;
  /** Aborted when the load has taken longer than `timeout`. */
  readonly signal: AbortSignal;
  /** How many milliseconds the value is fresh in the cache unless `setTtl` says otherwise: the `ttl` that was asked for. */
  readonly ttl: number;
  /** The newest valid backup, whatever its age; `undefined` if there is none or it cannot be read. */
  readonly lastGood: <T = unknown>() => Promise<Result<T> | undefined>;
  /**
   * `return notModified()`: the value from `lastGood()` is still valid. It is fresh for another ttl. It is written again only if its stored
   * time lags behind by a tenth of `maxStale`, which counts from the last load or `notModified()`.
   */
  readonly notModified: () => NotModified;
  /**
   * How long this value is fresh in the cache, in place of the `ttl` that was asked for. Before a throw, it sets how long the backup
   * stands in, in place of `fallbackTtl`: use it for `Retry-After`.
   */
  readonly setTtl: (ttl: Duration) => void;
  /**
   * If this load fails or is slow, a backup older than this does not stand in, even if `maxStale` allows it. Use it for sources that
   * limit how long their answers may be used, such as with `stale-if-error`. 0: only a fresh answer will do.
   */
  readonly setMaxStale: (maxStale: Duration) => void;
  /** Stores metadata beside the value, such as an ETag. `lastGood()` returns it as `metadata`. With `notModified()`, it replaces the old metadata. */
  readonly setMeta: (metadata: Metadata) => void;
  /** Adds tags to those of the option `tags`, in place of what an earlier call added. For tags that only the value tells. */
  readonly setTags: (tags: readonly string[]) => void;
  /** Keeps the value out of the cache and the backup. The callers that wait for it get it. */
  readonly noStore: () => void;
  /** Fails the load with this error, or with an error that has this message. */
  readonly fail: (reason: unknown) => never;
}

export function isNotModified(value: unknown): value is NotModified {
  return value === NOT_MODIFIED;
}
