import type { BackupHealth } from "../backup/backup.ts";
import type { StoreHealth } from "../adapter/breaker.ts";
import type { Outage } from "./outages.ts";

/** A key whose loads fail and whose backup stands in. */
export interface KeyInFallback {
  readonly key: string;
  /** Epoch milliseconds of the first failed load. */
  readonly since: number;
  /** Failed loads in a row. */
  readonly failures: number;
  /** What the last load failed with: the error itself; from another process, its name and message. */
  readonly error: unknown;
  /** How old the backup is, in milliseconds. */
  readonly age: number;
}

export interface Health {
  readonly fallback: readonly KeyInFallback[];
  readonly cache: StoreHealth;
  readonly backup: BackupHealth;
}

/** How it stands with a key whose backup, from `loadedAt`, stands in. */
export function inFallback({ key, since, failures, error, loadedAt }: Outage, now: number): KeyInFallback {
  return { key, since, failures, error, age: Math.max(0, now - loadedAt) };
}
