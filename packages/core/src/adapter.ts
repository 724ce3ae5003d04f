export type { Awaitable } from "./base/promises.ts";
export type {
  BackupAdapter,
  BackupInfo,
  BackupRecord,
  ByteCacheAdapter,
  CacheAdapter,
  CacheMethods,
  CallOptions,
  ReleaseLock,
  ValueCacheAdapter,
} from "./adapter/contract.ts";
export type { AdapterFactory, BackupFactory, CacheFactory, StoreUrl } from "./adapter/factory.ts";
