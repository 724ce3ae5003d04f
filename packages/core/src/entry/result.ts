import type { Metadata } from "./entry.ts";

/** An answer, and where it comes from. */
export interface Result<T> {
  readonly value: T;
  readonly source: "cache" | "loader" | "backup";
  /** Whether it stands in for a load that failed; also when the cache repeats it. */
  readonly stale: boolean;
  /** Epoch milliseconds at which the load started that produced the value. */
  readonly loadedAt: number;
  /** Milliseconds since `loadedAt`. */
  readonly age: number;
  /**
   * Epoch milliseconds until which the value is fresh: its ttl, or its `fallbackTtl` where it stands in, after it was loaded or stood in.
   * 0 for a backup that nobody has asked to stand in.
   */
  readonly expiresAt: number;
  /** What the loader noted beside the value. */
  readonly metadata?: Metadata;
  /** Why the load failed that a stale value stands in for, where this process knows. */
  readonly error?: unknown;
}
