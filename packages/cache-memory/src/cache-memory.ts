import { LRUCache } from "lru-cache";
import { type CacheFactory, type StoreUrl, urlRefusal, type ValueCacheAdapter } from "@lastgood/core/adapter";
import { check, type MemoryCacheOptions, settingsFrom, type SizeOf } from "./options.ts";
import { roughSize } from "./rough-size.ts";

/** `null` is kept as any value is; `undefined` is what lru-cache, too, takes for nothing. */
type Stored = NonNullable<unknown>;

/**
 * Makes caches in the memory of this process; also for `fromEnv`: `memory:`, `memory:?maxEntries=1000`.
 *
 * Such a cache keeps the values themselves, not copies: whoever changes a value that it answered with changes it for all.
 * Nothing in it survives the process.
 *
 * What goes is what was unused for longest, whenever a new value would exceed a bound. The ttl plays no part in that: an
 * adapter reads no clock, what is fresh is decided by core, and a value that has expired is read by nobody, so that it
 * is among the first to go. It takes up memory until then, but never more than the bounds allow.
 *
 * @throws TypeError or RangeError for an option that cannot be meant
 * @example
 * ```ts
 * import { fsBackup } from "@lastgood/backup-fs";
 * import { memoryCache } from "@lastgood/cache-memory";
 * import { Datastore } from "@lastgood/core";
 *
 * const datastore = new Datastore({ cache: memoryCache({ maxEntries: 50_000 }), backup: fsBackup("./var/backups") });
 * ```
 */
export interface MemoryCache extends CacheFactory {
  (options?: MemoryCacheOptions): ValueCacheAdapter;
}

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
      // lru-cache's types leave out `null`, which it keeps well.
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

/** What a place in the cache takes besides id and value: in the map and in the lists of lru-cache. */
const PLACE = 100;

function estimated(stored: unknown, id: string): number {
  return PLACE + roughSize(id) + roughSize(stored);
}

/** lru-cache wants whole sizes, from 1. */
function measured(sizeOf: SizeOf): SizeOf {
  return (stored, id) => {
    const size: unknown = sizeOf(loadedValue(stored), id);
    if (typeof size !== "number") throw check.wrongType("what sizeOf returns", "a number of bytes", size);
    if (!Number.isFinite(size) || size < 0) throw check.wrongValue("what sizeOf returns", "a number of bytes", size);
    return Math.max(1, Math.ceil(size));
  };
}

/** Core stores an entry: the value that was loaded, and its times. Who wrote `sizeOf` knows of the value alone. */
function loadedValue(stored: unknown): unknown {
  const isEntry = typeof stored === "object" && stored !== null && "value" in stored && "loadedAt" in stored;
  return isEntry ? stored.value : stored;
}
