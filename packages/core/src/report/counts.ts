import type { Operation } from "./errors.ts";
import type { BackupCorruptReason, BackupSkippedReason } from "./events.ts";

/** The options of `meter`. */
export interface MeterOptions {
  /**
   * The group of a key, such as `(key) => key.split(":")[0]`. There are at most a hundred groups, with names of at most a hundred characters.
   * Keys of further groups, and keys for which the function throws or returns no text, count in the group `"other"`.
   * @default no groups
   */
  readonly keyGroup?: ((key: string) => string | undefined) | undefined;
}

/** Why a load failed, as `meter` counts it. */
export type LoadFailureReason = "timeout" | "invalid" | "gone" | "denied" | "error";

/** The counts of one group of keys. */
export interface GroupCounts {
  /** Gets that the cache answered with a loaded value. */
  readonly hits: number;
  /** Gets that the cache answered with a backup that stands in. */
  readonly staleHits: number;
  /** Gets that waited for a load and got its value. */
  readonly loaded: number;
  /** Gets that the backup answered in place of a load. */
  readonly stoodIn: number;
  /** Gets with `useCache: false` that the backup answered without a load. */
  readonly backupFirst: number;
  /** Gets that rejected. */
  readonly rejected: number;
  /** Loads that failed, by reason. */
  readonly loadFailures: Readonly<Record<LoadFailureReason, number>>;
  /** How many times a backup began or continued to stand in for a key. */
  readonly fallbacks: number;
  /** How many times a key was loaded again after its backup had stood in. */
  readonly recoveries: number;
}

/** How often one operation of a store has failed. */
export interface StoreFailures {
  readonly store: "cache" | "backup";
  readonly operation: Operation;
  readonly count: number;
}

/** Counts what a datastore does, from the call of `meter` until `close`. */
export interface Meter {
  /** The counts by group. Without `keyGroup`, all keys are in the group `undefined`. */
  readonly groups: ReadonlyMap<string | undefined, GroupCounts>;
  readonly storeFailures: Iterable<StoreFailures>;
  /** How many values were written to the backup, and the bytes of their records. */
  readonly backupWrites: { readonly count: number; readonly bytes: number };
  /** How many records of the backup could not stand in, by reason. */
  readonly unusableRecords: ReadonlyMap<BackupCorruptReason | BackupSkippedReason, number>;
  readonly culls: { readonly count: number; readonly postponed: number; readonly examined: number; readonly deleted: number; readonly failed: number };
  readonly backgroundFailures: number;
  /** The group that a key is counted in. Never throws. */
  groupOf(key: string): string | undefined;
  /** Stops counting, and removes the listeners from the datastore. */
  close(): void;
}
