import { LRUCache } from "lru-cache";
import { type CacheFactory, type StoreUrl, urlRefusal, type ValueCacheAdapter } from "@lastgood/core/adapter";
import { check, type MemoryCacheOptions, settingsFrom, type SizeOf } from "./options.ts";
import { roughSize } from "./rough-size.ts";

/** Includes `null`. lru-cache, like the contract, treats `undefined` as no value. */
type Stored = NonNullable<unknown>;

/** The type of `memoryCache`: a function, which `fromEnv` takes as well. */
export interface MemoryCache extends CacheFactory {
  /**
   * Makes caches in the memory of this process. With `fromEnv`: `memory:`, `memory:?maxEntries=1000`.
   *
   * The cache stores the values themselves, not copies: a caller that changes a value changes it for all callers.
   * Nothing in the cache survives the process.
   *
   * When a new value would exceed a bound, the least recently used values are evicted. The ttl plays no part in that,
   * because core decides what is fresh. Nobody reads an expired value, so it is among the first to be evicted. Until then it
   * takes up memory within the bounds.
   *
   * @throws TypeError or RangeError at once for a wrong option.
   * @example
   * ```ts
   * import { fsBackup } from "@lastgood/backup-fs";
   * import { memoryCache } from "@lastgood/cache-memory";
   * import { Datastore } from "@lastgood/core";
   *
   * const datastore = new Datastore({ cache: memoryCache({ maxEntries: 50_000 }), backup: fsBackup("./var/backups") });
   * ```
   */
  (options?: MemoryCacheOptions): ValueCacheAdapter;
}

/**
 * Makes caches in the memory of this process. With `fromEnv`: `memory:`, `memory:?maxEntries=1000`.
 *
 * @example
 * ```ts
 * import { memoryCache } from "@lastgood/cache-memory";
 *
 * const cache = memoryCache({ maxEntries: 50_000 });
 * ```
 */
export const memoryCache: MemoryCache = Object.assign(create, {
  kind: "cache" as const,
  schemes: ["memory"],
  urlOptions: ["maxEntries", "maxBytes"],
  fromUrl({ location, options }: StoreUrl): ValueCacheAdapter {
    if (location !== "" && location !== "//") throw urlRefusal("memoryCache", "location", "left out, as in memory:?maxEntries=1000");
    return create(options);
  },
});

function create(options: MemoryCacheOptions = {}): ValueCacheAdapter {
  const cache = lruCache(options);
  return {
    name: "memory",
    stores: "values",
    get: (id) => cache.get(id),
    set(id, stored) {
      // lru-cache stores `null`, although its types exclude it.
      cache.set(id, stored as Stored);
    },
    delete(id) {
      cache.delete(id);
    },
  };
}

function lruCache(options: MemoryCacheOptions): LRUCache<string, Stored> {
  const { maxEntries, maxBytes, sizeOf } = settingsFrom(options);
  if (maxBytes === undefined) return new LRUCache({ max: maxEntries });
  return new LRUCache({ max: maxEntries, maxSize: maxBytes, sizeCalculation: sizeOf ? measured(sizeOf) : estimated });
}

/** The bytes that an entry takes besides id and value, in the map and lists of lru-cache. */
const PLACE = 100;

function estimated(stored: unknown, id: string): number {
  return PLACE + roughSize(id) + roughSize(stored);
}

/** lru-cache accepts only positive integers as sizes. */
function measured(sizeOf: SizeOf): SizeOf {
  return (stored, id) => {
    const size: unknown = sizeOf(loadedValue(stored), id);
    if (typeof size !== "number") throw check.wrongType("what sizeOf returns", "a number of bytes", size);
    if (!Number.isFinite(size) || size < 0) throw check.wrongValue("what sizeOf returns", "a number of bytes", size);
    return Math.max(1, Math.ceil(size));
  };
}

/** Core stores an entry: the loaded value with its times. A user's `sizeOf` expects the value alone. */
function loadedValue(stored: unknown): unknown {
  const isEntry = typeof stored === "object" && stored !== null && "value" in stored && "loadedAt" in stored;
  return isEntry ? stored.value : stored;
}
