export { type Awaitable, isPromiseLike } from "./base/async.ts";
export { withDeadline } from "./time/deadline.ts";
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
export type { AnnouncementListener, Announcements, Listening } from "./adapter/announcements.ts";
export type { Leases, ReleaseLease } from "./adapter/leases.ts";
export type { CacheOrder } from "./adapter/cache-order.ts";
export type { AdapterFactory, BackupFactory, CacheFactory, StoreUrl } from "./adapter/factory.ts";
export { isBytes } from "./base/bytes.ts";
export { codeOf, isUrl, messageOf } from "./base/foreign.ts";
export { type OptionChecks, optionChecks } from "./base/option-checks.ts";
export { parseServerUrl, type ServerUrl, type ServerUrlRules } from "./adapter/urls/server-url.ts";
export { urlRefusal } from "./adapter/urls/url-refusal.ts";
export { isError } from "./base/realm.ts";
export { shown } from "./base/shown.ts";
export { storePath } from "./adapter/urls/store-path.ts";
export { parseStoreUrl, storeUrlsIn } from "./store-url.ts";
export { isIdOf, recordId, recordKind } from "./entry/record-id.ts";
export { describeRecord, type RecordSummary } from "./entry/record-summary.ts";
export { shownKey } from "./base/stored-key.ts";
export { unusedFor } from "./backup/use-reports.ts";
export type { Unreadable } from "./entry/envelope.ts";
