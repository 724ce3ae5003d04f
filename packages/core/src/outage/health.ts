import type { Unprotected } from "../backup/unprotected.ts";
import type { BackupStoreHealth, StoreHealth } from "../adapter/breaker.ts";
import { shownKey } from "../base/stored-key.ts";
import { withErrorAsJson } from "../report/told-error.ts";
import type { Outage } from "./outages.ts";

/** A key whose loads fail and whose backup stands in. */
export interface KeyInFallback {
  readonly key: string;
  /** Epoch milliseconds of the first failed load. */
  readonly since: number;
  /** Failed loads in a row. */
  readonly failures: number;
  /** What the last load failed with: the error itself; from another process, its name, message, code and causes. As JSON, those as well. */
  readonly error: unknown;
  /** How old the backup is, in milliseconds. */
  readonly age: number;
  /** Epoch milliseconds until which the cache may repeat the backup: a get after that loads again. Known of this process alone. */
  readonly until?: number;
}

/** The state of the backup, in `health()`. */
export interface BackupHealth extends BackupStoreHealth {
  /** Of each, where the backup is several. */
  readonly stores?: readonly BackupStoreHealth[];
}

/** What `health()` returns. */
export interface Health {
  /** The `name` of the datastore, if it has one. */
  readonly name?: string;
  readonly fallback: readonly KeyInFallback[];
  readonly cache: StoreHealth;
  readonly backup: BackupHealth;
  /** Keys whose value no backup could keep: nothing stands in for them. The newest 1,000. */
  readonly unprotected: readonly Unprotected[];
}

/** How it stands with a key whose backup, from `loadedAt`, stands in. */
export function inFallback({ key, since, failures, error, loadedAt, until }: Outage, now: number): KeyInFallback {
  return withErrorAsJson({ key: shownKey(key), since, failures, error, age: Math.max(0, now - loadedAt), ...(until !== undefined && { until }) });
}
