/** Caches in a server that many processes share. Everyone has the same client, and asks for the same value. */

import { memcachedCache } from "@lastgood/cache-memcached";
import { redisCache } from "@lastgood/cache-redis";
import { Redis } from "ioredis";
import memjs from "memjs";
import { withoutBackup } from "./lastgood.mjs";

/**
 * @typedef {import("./memory.mjs").Load} Load
 * @typedef {import("./memory.mjs").Opened} Opened
 * @typedef {(url: string, load: Load) => Promise<Opened> | Opened} Open
 */

const TTL = 5 * 60_000;

/** The client alone, which fetches bytes and leaves them as they are. @param {Redis} client @param {Load} load @returns {Promise<Opened>} */
async function bareRedis(client, load) {
  const bytes = Buffer.from(JSON.stringify(await load("")));
  return { get: async (key) => (await client.getBuffer(key)) ?? client.set(key, bytes) };
}

/** @param {string} url @param {Load} load @returns {Promise<Opened>} */
export async function dedupeOnRedis(url, load) {
  const { createCache } = await import("async-cache-dedupe");
  const cache = createCache({ ttl: TTL / 1000, storage: { type: "redis", options: { client: new Redis(url) } } }).define("load", load);
  return { get: (key) => cache.load(key) };
}

/** @type {Record<string, Open>} */
const redis = {
  "bare client": (url, load) => bareRedis(new Redis(url), load),
  "bare client, its own pipelining": (url, load) => bareRedis(new Redis(url, { enableAutoPipelining: true }), load),
  lastgood: (url, load) => withoutBackup(redisCache(new Redis(url)), load),
  "async-cache-dedupe": dedupeOnRedis,
  cachified: async (url, load) => {
    const { cachified } = await import("@epic-web/cachified");
    const client = new Redis(url);
    /** @type {import("@epic-web/cachified").Cache} */
    const cache = {
      get: async (key) => JSON.parse((await client.get(`cachified:${key}`)) ?? "null"),
      set: (key, entry) => client.set(`cachified:${key}`, JSON.stringify(entry), "PX", TTL),
      delete: (key) => client.del(`cachified:${key}`),
    };
    return { get: (key) => cachified({ key, cache, ttl: TTL, getFreshValue: () => load(key) }) };
  },
  bentocache: async (url, load) => {
    const { BentoCache, bentostore } = await import("bentocache");
    const { redisDriver } = await import("bentocache/drivers/redis");
    const redisLayer = bentostore().useL2Layer(redisDriver({ connection: new Redis(url) }));
    const cache = new BentoCache({ default: "redis", stores: { redis: redisLayer } });
    return { get: (key) => cache.getOrSet({ key, ttl: TTL, factory: () => load(key) }) };
  },
};

/** @type {Record<string, Open>} */
const memcached = {
  "bare client": async (url, load) => {
    const client = memjs.Client.create(serverOf(url));
    const bytes = Buffer.from(JSON.stringify(await load("")));
    return { get: async (key) => (await client.get(key)).value ?? client.set(key, bytes, { expires: 300 }) };
  },
  lastgood: (url, load) => withoutBackup(memcachedCache(url), load),
  "lastgood, with a client of memjs": (url, load) => withoutBackup(memcachedCache(memjs.Client.create(serverOf(url))), load),
};

export const servers = { redis, memcached };

/** @param {string} url */
function serverOf(url) {
  return url.replace(/^memcached:\/\//, "");
}
