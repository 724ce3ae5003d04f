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
  /** What the loader noted beside the value. */
  readonly metadata?: Metadata;
  /** Why the load failed that a stale value stands in for, where this process knows. */
  readonly error?: unknown;
}
