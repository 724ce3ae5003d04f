/** Caches in the memory of the process, in front of a Redis that other processes share. */

import { redisCache } from "@lastgood/cache-redis";
import { Redis } from "ioredis";
import { memoryCache, withoutBackup } from "./lastgood.mjs";
import { dedupeOnRedis } from "./shared.mjs";

/**
 * @typedef {import("./memory.mjs").Load} Load
 * @typedef {import("./memory.mjs").Opened} Opened
 */

const TTL = 5 * 60_000;

/** What a hit costs where there is no far cache. */
export const NEAR_ALONE = "lastgood, memory alone";

/** @type {Record<string, (url: string, load: Load) => Promise<Opened> | Opened>} */
export const tiers = {
  [NEAR_ALONE]: (_url, load) => withoutBackup(memoryCache(), load),
  lastgood: (url, load) => withoutBackup([memoryCache(), redisCache(url)], load),
  async bentocache(url, load) {
    const [{ BentoCache, bentostore }, { memoryDriver }, { redisDriver, redisBusDriver }] = await Promise.all([
      import("bentocache"),
      import("bentocache/drivers/memory"),
      import("bentocache/drivers/redis"),
    ]);
    const { hostname: host, port } = new URL(url);
    const levels = bentostore()
      .useL1Layer(memoryDriver())
      .useL2Layer(redisDriver({ connection: new Redis(url) }))
      .useBus(redisBusDriver({ connection: { host, port: Number(port) } }));
    const cache = new BentoCache({ default: "levels", stores: { levels } });
    return { get: (key) => cache.getOrSet({ key, ttl: TTL, factory: () => load(key) }) };
  },
  async cacheable(url, load) {
    const [{ Cacheable, createKeyv }, { default: KeyvRedis }, { Keyv }] = await Promise.all([import("cacheable"), import("@keyv/redis"), import("keyv")]);
    const cache = new Cacheable({ primary: createKeyv({ useClone: false }), secondary: new Keyv({ store: new KeyvRedis(url) }), ttl: TTL });
    return { get: (key) => cache.getOrSet(key, () => load(key)) };
  },
  /** It has one level, which is Redis. */
  "async-cache-dedupe": dedupeOnRedis,
};
