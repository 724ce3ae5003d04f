import type { Unprotected } from "../backup/unprotected.ts";
import type { BackupStoreHealth } from "../adapter/breaker.ts";
import type { CacheHealth } from "../cache/cache.ts";
import { shownKey } from "../base/stored-key.ts";
import { withErrorAsJson } from "../report/told-error.ts";
import type { Outage } from "./outages.ts";

/** A key whose loads fail and whose backup stands in. */
export interface KeyInFallback {
  readonly key: string;
  /** Epoch milliseconds of the first failed load. */
  readonly since: number;
  /** How many loads in a row failed. */
  readonly failures: number;
  /** The error of the last load. From another process, and in JSON, only its name, message, code and causes. */
  readonly error: unknown;
  /** The age of the backup in milliseconds. */
  readonly age: number;
  /** Epoch milliseconds until which the cache may repeat the backup. A get after that loads again. Known only in the process that cached it. */
  readonly until?: number;
}

/** The state of the backup, in `health()`. */
export interface BackupHealth extends BackupStoreHealth {
  /** The state of each store, if there are several backups. */
  readonly stores?: readonly BackupStoreHealth[];
}

/** What `health()` returns. */
export interface Health {
  /** The `name` of the datastore, if it has one. */
  readonly name?: string;
  readonly fallback: readonly KeyInFallback[];
  readonly cache: CacheHealth;
  readonly backup: BackupHealth;
  /** Keys whose value the codec refused, so that no backup can stand in. The newest 1,000. */
  readonly unprotected: readonly Unprotected[];
}

/** The state of an outage as `health()` and `outages()` show it. */
export function inFallback({ key, since, failures, error, loadedAt, until }: Outage, now: number): KeyInFallback {
  return withErrorAsJson({ key: shownKey(key), since, failures, error, age: Math.max(0, now - loadedAt), ...(until !== undefined && { until }) });
}
