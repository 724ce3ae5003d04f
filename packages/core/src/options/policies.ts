import type { BackupAdapter, CacheAdapter } from "../adapter/contract.ts";
import { cachesOf } from "./caches.ts";
import * as check from "./checks.ts";
import { warnOfConflicts } from "./conflicts.ts";
import { checkedCodec, type Codec } from "../entry/codec/codec.ts";
import { structuredCodec } from "../entry/codec/structured.ts";
import { type Duration, milliseconds } from "../time/duration.ts";
import { systemClock } from "../time/watched-clock.ts";
import { isDeniedError, isGoneError } from "../report/errors.ts";
import type { Clock, DatastoreOptions } from "./options.ts";
import type { Validate } from "./validate.ts";

/** The options of one get, checked and complete. */
export interface GetPolicy {
  readonly ttl: number;
  readonly fallbackTtl: number | ((ttl: number, failures: number, error: unknown) => Duration) | undefined;
  readonly maxStale: number;
  readonly timeout: number;
  readonly softTimeout: number | undefined;
  readonly refreshAhead: number | undefined;
  readonly jitter: number;
  readonly validate: Validate<unknown> | undefined;
  readonly shouldFallback: (error: unknown) => boolean;
  readonly signal: AbortSignal | undefined;
  readonly useCache: boolean;
  readonly refresh: boolean;
  readonly validateHits: boolean;
  readonly backupWait: number;
  readonly lease: number;
  readonly tags: readonly string[];
}

/** The options of the whole datastore, checked and complete. */
export interface StorePolicy {
  readonly name: string | undefined;
  readonly cache: readonly [CacheAdapter, ...CacheAdapter[]];
  /** One at least. */
  readonly backup: readonly BackupAdapter[];
  readonly backupCopies: number;
  readonly cullTime: number;
  readonly cullAfter: number;
  readonly cacheTimeout: number;
  readonly nearTtl: number;
  readonly backupTimeout: number;
  readonly drill: number;
  readonly codec: Codec;
  readonly readable: readonly Codec[];
  readonly clock: Clock;
  readonly background: ((work: Promise<void>) => unknown) | undefined;
}

type Check = (value: unknown, name: string) => unknown;
type Checks<P> = { readonly [Option in keyof P]: Check };
export const GET_DEFAULTS: GetPolicy = {
  ttl: milliseconds("5m", "ttl"),
  fallbackTtl: undefined,
  maxStale: Infinity,
  timeout: milliseconds("30s", "timeout"),
  softTimeout: undefined,
  refreshAhead: undefined,
  jitter: 0,
  validate: undefined,
  shouldFallback: (error) => !isGoneError(error) && !isDeniedError(error),
  signal: undefined,
  useCache: true,
  refresh: false,
  validateHits: false,
  backupWait: milliseconds("1s", "backupWait"),
  lease: 0,
  tags: [],
};

const STORE_DEFAULTS: Omit<StorePolicy, "cache" | "backup"> = {
  name: undefined,
  cullTime: milliseconds("30d", "cullTime"),
  cullAfter: 1000,
  cacheTimeout: milliseconds("1s", "cacheTimeout"),
  backupCopies: 1,
  nearTtl: milliseconds("5s", "nearTtl"),
  backupTimeout: milliseconds("10s", "backupTimeout"),
  drill: 0,
  codec: structuredCodec,
  readable: [],
  clock: systemClock,
  background: undefined,
};

const GET_CHECKS: Checks<GetPolicy> = {
  ttl: check.ttlMilliseconds,
  fallbackTtl: check.durationOrFunction,
  maxStale: check.notNegative,
  timeout: check.positive,
  softTimeout: check.positive,
  refreshAhead: check.share,
  jitter: check.share,
  validate: check.functionOrSchema,
  shouldFallback: check.synchronousFunction,
  signal: check.abortSignal,
  useCache: check.aBoolean,
  refresh: check.aBoolean,
  validateHits: check.aBoolean,
  backupWait: check.notNegative,
  lease: check.notNegative,
  tags: check.tagNames,
};

const STORE_CHECKS: Checks<StorePolicy> = {
  name: check.aName,
  cache: cachesOf,
  backup: check.backups,
  backupCopies: check.copies,
  cullTime: check.positive,
  cullAfter: check.count,
  cacheTimeout: check.positive,
  nearTtl: check.positive,
  backupTimeout: check.positive,
  drill: check.share,
  codec: checkedCodec,
  readable: check.listOfCodecs,
  clock: check.aClock,
  background: check.aFunction,
};

/** Splits the constructor's options into those of the datastore and the defaults of each get. Throws if one is wrong. */
export function datastorePolicies(options: DatastoreOptions): { store: StorePolicy; get: GetPolicy } {
  const where = "new Datastore";
  const { signal: _, refresh: __, ...defaults } = GET_CHECKS; // one caller's own
  check.refuseUnknown(check.optionsObject(options, where), Object.keys({ ...STORE_CHECKS, ...defaults }), where);
  const cache = cachesOf(options.cache, `${where}: cache`);
  const backup = check.backups(options.backup, `${where}: backup`);
  const store = { ...STORE_DEFAULTS, ...pick(options, STORE_CHECKS, where), cache, backup };
  check.refuseMoreCopies(store.backupCopies, backup.length, `${where}: backupCopies`);
  const get = { ...GET_DEFAULTS, ...pick(options, GET_CHECKS, where) };
  warnOfConflicts(store.cullTime, get);
  return { store, get };
}

const GET_OPTIONS = Object.keys(GET_CHECKS);

/** `getMany` calls its loader once for many keys, so it takes no leases. */
function optionsOf(caller: string): readonly string[] {
  if (caller === "set") return ["ttl", "tags"];
  return caller.startsWith("getMany") ? GET_OPTIONS.filter((option) => option !== "lease") : GET_OPTIONS;
}

/** The given options of a get, each checked and converted. */
export function checkedGetOptions(options: object, caller: string): Partial<GetPolicy> {
  check.refuseUnknown(check.optionsObject(options, caller), optionsOf(caller), caller);
  return pick(options, GET_CHECKS, caller);
}

/** Returns the given options, each checked and converted. Nothing is made for those that are not given: gets come by here. */
function pick<P extends object>(options: object, checks: Checks<P>, where: string): Partial<P> {
  const picked: Partial<P> = {};
  for (const option in checks) {
    const value: unknown = Reflect.get(options, option);
    if (value !== undefined) picked[option] = checks[option](value, `${where}: ${option}`) as P[typeof option]; // it has passed its own check
  }
  return picked;
}
