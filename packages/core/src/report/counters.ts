import type { Topics } from "./events.ts";

/** How often each has happened since the datastore was made. The numbers only grow. */
export interface Counters {
  /** Gets that the cache answered, those with a backup that stands in included. */
  readonly hits: number;
  /** Gets for which the cache had nothing fresh. */
  readonly misses: number;
  /** Loads that succeeded. */
  readonly loads: number;
  /** Loads that failed. */
  readonly loadFailures: number;
  /** Times a backup stood in. */
  readonly fallbacks: number;
  /** Times a key was loaded again after its backup had stood in. */
  readonly recoveries: number;
  readonly sets: number;
  readonly expires: number;
  readonly deletes: number;
  /** Values that became durable. */
  readonly backupWrites: number;
  readonly cacheFailures: number;
  readonly backupFailures: number;
  /** Records of the backup that could not be read, or did not stand in. */
  readonly unusableRecords: number;
  readonly culls: number;
  readonly backgroundFailures: number;
}

export function countersOf(topics: Topics): Counters {
  return {
    hits: topics.hit.count,
    misses: topics.miss.count,
    loads: topics.loaded.count,
    loadFailures: topics.loadFailed.count,
    fallbacks: topics.fallback.count,
    recoveries: topics.recovered.count,
    sets: topics.set.count,
    expires: topics.expired.count,
    deletes: topics.deleted.count,
    backupWrites: topics.backupWritten.count,
    cacheFailures: topics.cacheFailed.count,
    backupFailures: topics.backupFailed.count,
    unusableRecords: topics.backupCorrupt.count + topics.backupSkipped.count,
    culls: topics.culled.count,
    backgroundFailures: topics.backgroundFailed.count,
  };
}
