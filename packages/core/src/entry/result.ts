import type { Metadata } from "./entry.ts";

/** A value, where it came from, and how old it is. */
export interface Result<T> {
  readonly value: T;
  readonly source: "cache" | "loader" | "backup";
  /** Whether the value stands in for a failed load, including when the cache repeats it. */
  readonly stale: boolean;
  /** Epoch milliseconds at which the load of the value started. */
  readonly loadedAt: number;
  /** Milliseconds since `loadedAt`. */
  readonly age: number;
  /**
   * Epoch milliseconds until which the value is fresh: for its ttl after the load, or for its `fallbackTtl` after it began to stand in.
   * 0 for a backup that does not stand in.
   */
  readonly expiresAt: number;
  /** The notes that the loader kept beside the value. */
  readonly metadata?: Metadata;
  /** For a stale value: why the load failed, if this process knows. */
  readonly error?: unknown;
}
