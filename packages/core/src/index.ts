export type { BackupAdapter, BackupInfo, BackupRecord, ByteCacheAdapter, CacheAdapter, ValueCacheAdapter } from "./adapter/contract.ts";
export type { Unprotected } from "./backup/unprotected.ts";
export type { ToldError } from "./report/told-error.ts";
export type { BackupStoreHealth, StoreHealth } from "./adapter/breaker.ts";
export type { Codec, CodecContext } from "./entry/codec/codec.ts";
export { type CompressedOptions, compressedCodec } from "./entry/codec/compressed.ts";
export { type EncryptedOptions, type EncryptionKey, encryptedCodec } from "./entry/codec/encrypted.ts";
export { jsonCodec } from "./entry/codec/json.ts";
export { structuredCodec } from "./entry/codec/structured.ts";
export type { CullOptions, CullResult } from "./backup/culler.ts";
export type { ClearResult } from "./clearing.ts";
export { Datastore } from "./datastore.ts";
export type { ArgumentsOf, Defined, Definition, KeyOf } from "./define.ts";
export { type Duration, parseDuration } from "./time/duration.ts";
export type { Metadata } from "./entry/entry.ts";
export {
  DatastoreError,
  type DatastoreErrorCode,
  type DatastoreErrorDetails,
  DeniedError,
  GoneError,
  isDatastoreError,
  isDeniedError,
  isGoneError,
  type Operation,
} from "./report/errors.ts";
export type { BackupCorruptReason, BackupSkippedReason, DatastoreEvents, EventName, Listener } from "./report/events.ts";
export type { CacheHealth } from "./cache/cache.ts";
export type { BackupHealth, Health, KeyInFallback } from "./outage/health.ts";
export type { AdapterFactory, BackupFactory, CacheFactory, StoreUrl } from "./adapter/factory.ts";
export { fromEnv, type FromEnvOptions } from "./from-env.ts";
export type { LoadedOne, LoadMany, LoadManyContext } from "./load/load-many.ts";
export type { ManyResult } from "./many.ts";
export type { LoadContext, Loader, NotModified } from "./load/loader.ts";
export type { BackedUpKey, Generation, Inspector } from "./inspector.ts";
export type { LoadOutcome, LoadWrap } from "./load/load-wraps.ts";
export type { Counters } from "./report/counters.ts";
export type { GroupCounts, LoadFailureReason, Meter, MeterOptions, StoreFailures } from "./report/counts.ts";
export { meter } from "./meter.ts";
export type { Namespace } from "./namespace.ts";
export { type Measure, notShrunk } from "./options/not-shrunk.ts";
export type { Clock, DatastoreOptions, GetOptions, SetOptions } from "./options/options.ts";
export type { Result } from "./entry/result.ts";
export type { StandardSchema, Validate, ValidateContext, Validated } from "./options/validate.ts";
