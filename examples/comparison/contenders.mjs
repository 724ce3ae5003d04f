/**
 * The caches that comparison.mjs compares, each set up to keep a value through an outage as well as it can: a memory in front of Redis
 * where it has levels, stale values for a year where it has those, and short deadlines for Redis.
 */

import { join } from "node:path";

/**
 * @typedef {object} Place What a contender may use.
 * @property {string} redis The URL of a Redis of its own.
 * @property {string} directory
 * @property {() => Promise<string>} load
 *
 * @typedef {(key: string) => Promise<unknown>} Get
 * @typedef {(place: Place) => Promise<Get>} Contender
 */

/** Milliseconds for which a value is fresh. */
export const TTL = 300;
/** How many entries have room in the memory of each. */
export const ENTRIES = 20;
/** Milliseconds that a command of Redis may take. */
const DEADLINE = 1000;

/** @type {Record<string, Contender>} */
export const contenders = {
  async lastgood({ redis, directory, load }) {
    const { Datastore } = await import("@lastgood/core");
    const { memoryCache } = await import("@lastgood/cache-memory");
    const { redisCache } = await import("@lastgood/cache-redis");
    const { fsBackup } = await import("@lastgood/backup-fs");
    const cache = [memoryCache({ maxEntries: ENTRIES }), redisCache(redis)];
    const datastore = new Datastore({ cache, backup: fsBackup(join(directory, "backups")), ttl: TTL, cacheTimeout: DEADLINE });
    return (key) => datastore.get(key, load);
  },

  async bentocache({ redis, load }) {
    const { bentostore } = await import("bentocache");
    const { memoryDriver } = await import("bentocache/drivers/memory");
    const { redisDriver } = await import("bentocache/drivers/redis");
    const { Redis } = await import("ioredis");
    const connection = new Redis(redis, { commandTimeout: DEADLINE, maxRetriesPerRequest: 1 });
    connection.on("error", () => {});
    return bento(bentostore().useL1Layer(memoryDriver({ maxItems: ENTRIES })).useL2Layer(redisDriver({ connection })), load);
  },

  async "bentocache, files"({ directory, load }) {
    const { bentostore } = await import("bentocache");
    const { memoryDriver } = await import("bentocache/drivers/memory");
    const { fileDriver } = await import("bentocache/drivers/file");
    const files = fileDriver({ directory: join(directory, "cache"), pruneInterval: "1h" });
    return bento(bentostore().useL1Layer(memoryDriver({ maxItems: ENTRIES })).useL2Layer(files), load);
  },

  async cacheable({ redis, load }) {
    const { Cacheable, createKeyv } = await import("cacheable");
    const cache = new Cacheable({ primary: createKeyv({ lruSize: ENTRIES }), secondary: await keyvRedis(redis), ttl: TTL });
    cache.on("error", () => {});
    return (key) => cache.getOrSet(key, load);
  },

  async "cache-manager"({ redis, load }) {
    const { createCache } = await import("cache-manager");
    const { createKeyv } = await import("cacheable");
    const { Keyv } = await import("keyv");
    const cache = createCache({ stores: [createKeyv({ lruSize: ENTRIES }), new Keyv(await keyvRedis(redis))], ttl: TTL });
    return (key) => cache.wrap(key, load);
  },

  async "lru-cache"({ load }) {
    const { LRUCache } = await import("lru-cache");
    const cache = new LRUCache({ max: ENTRIES, ttl: TTL, fetchMethod: load, allowStaleOnFetchRejection: true, noDeleteOnFetchRejection: true });
    return (key) => cache.fetch(key);
  },
};

/** @param {ReturnType<typeof import("bentocache").bentostore>} store @param {() => Promise<string>} load @returns {Promise<Get>} */
async function bento(store, load) {
  const { BentoCache } = await import("bentocache");
  const cache = new BentoCache({ default: "store", stores: { store }, ttl: TTL, grace: "365d", graceBackoff: "1s" });
  return (key) => cache.getOrSet({ key, factory: load });
}

/** @param {string} url */
async function keyvRedis(url) {
  const { default: KeyvRedis } = await import("@keyv/redis");
  const store = new KeyvRedis({ url, commandOptions: { timeout: DEADLINE }, socket: { connectTimeout: DEADLINE } }, { connectionTimeout: DEADLINE, throwOnConnectError: false });
  store.on("error", () => {});
  return store;
}
