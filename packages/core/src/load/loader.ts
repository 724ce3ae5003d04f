import type { Awaitable } from "../base/async.ts";
import type { Duration } from "../time/duration.ts";
import type { Metadata } from "../entry/entry.ts";
import type { Result } from "../entry/result.ts";

/** Loads the value of a key. What it throws or rejects with, and an `Error` that it returns, is a load that failed. */
export type Loader<T> = (context: LoadContext) => Awaitable<T | NotModified>;

const MARK: unique symbol = Symbol("not modified");

/** What `notModified()` returns, for the loader to return. */
export interface NotModified {
  readonly [MARK]: true;
}

// An object: TypeScript makes `symbol` of a symbol that an async function returns, and would take it for the type of the value.
export const NOT_MODIFIED: NotModified = { [MARK]: true };

/**
 * What a loader may know of its load, and say about its outcome. It does not name the type of the value: TypeScript would
 * have to know that before it has seen what the loader returns.
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
   * `return notModified()`: what `lastGood()` has shown is still right. It is fresh for another ttl, and is not written again, unless
   * that would count against it: `maxStale` counts from the last time that the loader vouched for the value, to within a tenth.
   */
  readonly notModified: () => NotModified;
  /**
   * How long this value is fresh in the cache, in place of the `ttl` that was asked for. Before a throw: how long the backup stands in
   * until the loader is called again, in place of `fallbackTtl`, such as a source says with `Retry-After`.
   */
  readonly setTtl: (ttl: Duration) => void;
  /**
   * If this load fails or is slow, a backup older than this does not stand in, even where `maxStale` would let it. For sources that limit how
   * long their answers may be used, such as with `stale-if-error`; `0` where only a fresh answer will do.
   */
  readonly setMaxStale: (maxStale: Duration) => void;
  /** Notes to keep beside the value, such as an ETag: `lastGood()` has them as `metadata`. With `notModified()`, in place of the old ones. */
  readonly setMeta: (metadata: Metadata) => void;
  /** The value is for those who wait for it now, and is kept neither in the cache nor in the backup. */
  readonly noStore: () => void;
  /** Fails the load, with this error or with an error of this message. */
  readonly fail: (reason: unknown) => never;
}

export function isNotModified(value: unknown): value is NotModified {
  return value === NOT_MODIFIED;
}
