import type { Operation } from "./errors.ts";
import type { BackupCorruptReason, BackupSkippedReason } from "./events.ts";

/** The options of `meter`. */
export interface MeterOptions {
  /**
   * The group of a key, such as `(key) => key.split(":")[0]`. There may be a hundred groups, of a hundred characters each; the keys of any
   * other group, and those for which the function throws or returns no text, are counted in the group `"other"`.
   * @default no groups
   */
  readonly keyGroup?: ((key: string) => string | undefined) | undefined;
}

/** Why a load failed, as `meter` counts it. */
export type LoadFailureReason = "timeout" | "invalid" | "gone" | "denied" | "error";

/** What has happened to the keys of a group. */
export interface GroupCounts {
  /** Gets that the cache answered with what was loaded. */
  readonly hits: number;
  /** Gets that the cache answered with a backup that stands in. */
  readonly staleHits: number;
  /** Gets that waited for a load and were answered by it. */
  readonly loaded: number;
  /** Gets that were answered by the backup in place of a load. */
  readonly stoodIn: number;
  /** Gets that were answered by the backup before any load: `useCache: false`. */
  readonly backupFirst: number;
  /** Gets that were rejected. */
  readonly rejected: number;
  /** Loads that failed, by reason. */
  readonly loadFailures: Readonly<Record<LoadFailureReason, number>>;
  /** Times a backup began or continued to stand in for a key. */
  readonly fallbacks: number;
  /** Times a key was loaded again after its backup had stood in. */
  readonly recoveries: number;
}

/** How often one operation of a store has failed. */
export interface StoreFailures {
  readonly store: "cache" | "backup";
  readonly operation: Operation;
  readonly count: number;
}

/** What a datastore has done since `meter` was called. The numbers go on counting until `close`. */
export interface Meter {
  /** By group; without `keyGroup`, all keys are in the group `undefined`. */
  readonly groups: ReadonlyMap<string | undefined, GroupCounts>;
  readonly storeFailures: Iterable<StoreFailures>;
  /** Values that were written to the backup, and the bytes of their records. */
  readonly backupWrites: { readonly count: number; readonly bytes: number };
  /** Records of the backup that did not stand in, by reason. */
  readonly unusableRecords: ReadonlyMap<BackupCorruptReason | BackupSkippedReason, number>;
  readonly culls: { readonly count: number; readonly postponed: number; readonly examined: number; readonly deleted: number; readonly failed: number };
  readonly backgroundFailures: number;
  /** The group that a key is counted in. Never throws. */
  groupOf(key: string): string | undefined;
  /** Stops counting, and lets go of the datastore. */
  close(): void;
}
