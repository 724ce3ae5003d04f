import type { BackupAdapter, CacheAdapter } from "../adapter/contract.ts";
import type { Codec } from "../entry/codec/codec.ts";
import type { Duration } from "../time/duration.ts";
import type { StandardSchema, Validate } from "./validate.ts";

/** A source of the time, for the option `clock`. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
}

/**
 * Options of one `get`. Durations are milliseconds or strings such as `"5m"`. `T` is what the loader loads, and `S` the schema of `validate`.
 */
export interface GetOptions<T = unknown, S extends StandardSchema = StandardSchema> {
  /**
   * How long a loaded value is fresh in the cache. 0 or less: not cached, still backed up. `Infinity`: never expires.
   * @default "5m"
   */
  readonly ttl?: Duration | undefined;
  /**
   * How long a backup that stood in is cached, counted from then. A function gets the ttl, how many loads have failed in a row, and what
   * the last one failed with. A loader overrides it with `setTtl` before it throws.
   * @default half the ttl; half of "5m" where the ttl is Infinity
   */
  readonly fallbackTtl?: Duration | ((ttl: number, failures: number, error: unknown) => Duration) | undefined;
  /**
   * A backup older than this does not stand in. The age counts from the last load or `notModified()`.
   * @default Infinity
   */
  readonly maxStale?: Duration | undefined;
  /**
   * A load that takes longer has failed, with a `DatastoreError` of code `LOAD_TIMEOUT`.
   * @default "30s"
   */
  readonly timeout?: Duration | undefined;
  /**
   * If the load takes longer than this and there is a backup, the backup answers. The load finishes in the background.
   * @default off
   */
  readonly softTimeout?: Duration | undefined;
  /**
   * A hit older than this share of the ttl answers at once and starts one load in the background. 0.8 renews in the last fifth of the ttl.
   * @default off
   */
  readonly refreshAhead?: number | undefined;
  /**
   * Spreads the ttl of loaded values, so that keys loaded together do not expire together: 0.1 shortens it by up to a tenth.
   * @default 0
   */
  readonly jitter?: number | undefined;
  /**
   * Checks a value before it is stored, and a backup before it stands in. A value that fails is a load that failed. The type of a schema
   * is the type of the answer.
   */
  readonly validate?: Validate<T, S> | undefined;
  /**
   * `true`: `validate` also checks each cached copy before it is returned. An older release may have filled a shared cache. A refused copy counts
   * as a miss.
   * @default false
   */
  readonly validateHits?: boolean | undefined;
  /**
   * Whether a failed load is answered from the backup.
   * @default all errors but `GoneError` and `DeniedError`
   */
  readonly shouldFallback?: ((error: unknown) => boolean) | undefined;
  /** Aborts this caller alone: `get` rejects with the signal's reason, and the load goes on for the others. */
  readonly signal?: AbortSignal | undefined;
  /**
   * `false`: backup first. The backup is the answer, and the loader is called only if there is none. The cache is not used.
   * @default true
   */
  readonly useCache?: boolean | undefined;
  /**
   * `true`: loads even if the cache has a fresh copy, or joins the running load. If the load fails, the backup answers, or else the
   * fresh copy.
   * @default false
   */
  readonly refresh?: boolean | undefined;
  /**
   * How long `get` waits for its backup write, so that a value it has answered with survives a crash. 0: not at all.
   * @default "1s"
   */
  readonly backupWait?: Duration | undefined;
  /**
   * Lets one process load a key while the others wait for its outcome, at most for this long. Then they load as well. Needs a cache that has
   * leases, such as Redis. `getMany` takes no leases.
   * @default 0: each process loads for itself
   */
  readonly lease?: Duration | undefined;
  /**
   * Names that the value shares with others: `expireTag` and `deleteTag` of the datastore are for all values of a tag. A loader adds more with
   * `setTags`.
   * @default none
   */
  readonly tags?: readonly string[] | undefined;
}

/** Options of `set`. */
export type SetOptions = Pick<GetOptions, "ttl" | "tags">;

/** Options of a datastore: its stores, and the defaults of each `get`. */
export interface DatastoreOptions extends Omit<GetOptions<never>, "signal" | "refresh" | "validate"> {
  /** A cache, or a list of them, nearest first: `[memoryCache(), redisCache(url)]`. Those of this process come before shared ones. */
  readonly cache: CacheAdapter | readonly CacheAdapter[];
  /** One backup or several. Each of several stores every record, and a read takes the newest record of those that answer. */
  readonly backup: BackupAdapter | readonly BackupAdapter[];
  readonly validate?: Validate<unknown> | undefined;
  /**
   * What events, metrics and the console call this datastore, such as `"feeds"`.
   * @default none
   */
  readonly name?: string | undefined;
  /**
   * Backups unused for this long and a tenth are culled. The tenth is there because a use is reported with a delay.
   * @default "30d"
   */
  readonly cullTime?: Duration | undefined;
  /**
   * Gets between two culls. `Infinity`: culls only when asked.
   * @default 1000
   */
  readonly cullAfter?: number | undefined;
  /**
   * How long one call of the cache may take.
   * @default "1s"
   */
  readonly cacheTimeout?: Duration | undefined;
  /**
   * How many of several backups have a value on their disks when its write counts as durable. The others follow.
   * @default 1
   */
  readonly backupCopies?: number | undefined;
  /**
   * In a list of caches, how long a near copy answers before the farther cache is asked again, while this process does not hear of changes
   * by others. Redis announces changes.
   * @default "5s"
   */
  readonly nearTtl?: Duration | undefined;
  /**
   * How long one call of the backup may take.
   * @default "10s"
   */
  readonly backupTimeout?: Duration | undefined;
  /**
   * The share of good loads after which the backup is read back in the background and checked. 0.01 is one in a hundred.
   * @default 0
   */
  readonly drill?: number | undefined;
  /**
   * How values become bytes.
   * @default structured
   */
  readonly codec?: Codec | undefined;
  /**
   * Codecs that `codec` has replaced: their records are still read. Records of other codecs are not, so that nobody can put records of a
   * weaker codec into an encrypted store.
   * @default none
   */
  readonly readable?: readonly Codec[] | undefined;
  /**
   * Called with each piece of background work, a promise that never rejects. For hosts that freeze a process between requests:
   * `(work) => context.waitUntil(work)`.
   * @default none
   */
  readonly background?: ((work: Promise<void>) => unknown) | undefined;
  /**
   * For tests.
   * @default the system's
   */
  readonly clock?: Clock | undefined;
}
