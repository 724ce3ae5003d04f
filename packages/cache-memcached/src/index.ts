export { memcachedCache, type MemcachedCacheFactory } from "./cache-memcached.ts";
export type { MemcachedCacheOptions, MemcachedClient } from "./options.ts";
