/** Caches in the memory of the process, each at its best configuration for the work it is given. */

import { memoryCache } from "@lastgood/cache-memory";
import { Datastore } from "@lastgood/core";
import { memoryBackup } from "@lastgood/core/testing";
import { sameWorkByHand } from "./by-hand.mjs";

/**
 * @typedef {(key: string) => Promise<unknown>} Load
 * @typedef {{ get(key: string): Promise<unknown> }} Opened A cache whose every `get` knows how to load.
 *
 * @typedef {object} Need
 * @property {Load} load
 * @property {number} size How many entries have to have room.
 * @property {boolean} [loadsAlways] Whether every `get` has to ask the loader, and to answer with what it has if that fails.
 *
 * @typedef {object} Contender
 * @property {string} lacks What it does less than a lastgood datastore, or nothing.
 * @property {(need: Need) => Promise<Opened> | Opened} open
 */

const TTL = 5 * 60_000;

/** What nobody can do less than. @type {Record<string, Contender>} */
const baselines = {
  Map: {
    lacks: "everything but the values",
    open: ({ load, loadsAlways = false }) => (loadsAlways ? fallingBack(load) : filling(load)),
  },
  "Map, de-duplicating": {
    lacks: "ttl, bound, backup",
    open: ({ load }) => deduplicating(load),
  },
};

/** What is bounded and knows the time can do no less than this at a hit: the floor, without lies about time. */
export const leastOfBounded = "lru-cache get, the clock and a promise";

/** What a datastore does at a miss and at a fallback can be done with no less than this. */
export const byHand = "the same work by hand";

/** @type {Record<string, Contender>} */
const parts = {
  [leastOfBounded]: {
    lacks: "one load at a time, backup",
    async open({ load, size }) {
      const { LRUCache } = await import("lru-cache");
      return timed(new LRUCache({ max: size }), load);
    },
  },
  [byHand]: { lacks: "bound, deadlines, events, culls, and a disk", open: sameWorkByHand },
};

/** @type {Record<string, Contender>} */
const libraries = {
  lastgood: {
    lacks: "",
    open({ load, size, loadsAlways = false }) {
      const cache = memoryCache({ maxEntries: size });
      // No fallback stays in the cache: every get asks the loader again.
      const options = loadsAlways ? { ttl: 0, fallbackTtl: 0 } : {};
      const datastore = new Datastore({ cache, backup: memoryBackup(), ...options });
      const loader = (/** @type {{ key: string }} */ { key }) => load(key);
      return loadsAlways ? { get: (key) => datastore.get(key, loader) } : { get: (key) => datastore.get(key, loader, "5m") };
    },
  },
  "lru-cache fetch": {
    lacks: "backup",
    async open({ load, size, loadsAlways = false }) {
      const { LRUCache } = await import("lru-cache");
      const cache = new LRUCache({
        max: size,
        ttl: TTL,
        fetchMethod: (/** @type {string} */ key) => /** @type {Promise<{}>} */ (load(key)), // values of the benchmarks are objects
        ...(loadsAlways && { allowStaleOnFetchRejection: true, noDeleteOnFetchRejection: true }),
      });
      return loadsAlways ? { get: (key) => cache.fetch(key, { forceRefresh: true }) } : { get: (key) => cache.fetch(key) };
    },
  },
  "async-cache-dedupe": {
    lacks: "backup",
    async open({ load, size }) {
      const { createCache } = await import("async-cache-dedupe");
      const cache = createCache({ ttl: TTL / 1000, storage: { type: "memory", options: { size } } }).define("load", load);
      return { get: (key) => cache.load(key) };
    },
  },
  "p-memoize": {
    lacks: "ttl, bound, backup",
    async open({ load }) {
      const { default: pMemoize } = await import("p-memoize");
      return { get: pMemoize(load) };
    },
  },
  cachified: {
    lacks: "bound, backup",
    async open({ load, loadsAlways = false }) {
      const { cachified } = await import("@epic-web/cachified");
      /** @type {Map<string, any>} */
      const cache = new Map();
      return { get: (key) => cachified({ key, cache, ttl: TTL, forceFresh: loadsAlways, getFreshValue: () => load(key) }) };
    },
  },
  "cache-manager": {
    lacks: "backup",
    async open({ load, size }) {
      const { createCache } = await import("cache-manager");
      const { createKeyv } = await import("cacheable");
      const cache = createCache({ stores: [createKeyv({ lruSize: size, useClone: false })], ttl: TTL });
      return { get: (key) => cache.wrap(key, () => load(key)) };
    },
  },
  cacheable: {
    lacks: "backup",
    async open({ load, size }) {
      const { Cacheable, createKeyv } = await import("cacheable");
      const cache = new Cacheable({ primary: createKeyv({ lruSize: size, useClone: false }), ttl: TTL });
      return { get: (key) => cache.getOrSet(key, () => load(key)) };
    },
  },
  bentocache: {
    lacks: "backup",
    async open({ load, size, loadsAlways = false }) {
      const { BentoCache, bentostore } = await import("bentocache");
      const { memoryDriver } = await import("bentocache/drivers/memory");
      const memory = bentostore().useL1Layer(memoryDriver({ maxItems: size, serialize: false }));
      const cache = new BentoCache({ default: "memory", stores: { memory } });
      const always = loadsAlways ? { ttl: 1, grace: "6h", graceBackoff: 0, timeout: TTL } : { ttl: TTL };
      return { get: (key) => cache.getOrSet({ key, factory: () => load(key), ...always }) };
    },
  },
};

/** Everyone's name, the baselines first. */
export const names = [...Object.keys(baselines), ...Object.keys(libraries)];

/** The libraries of others. */
export const peers = Object.keys(libraries).filter((name) => name !== "lastgood");

/** @param {string} name @returns {Contender} */
export function contender(name) {
  const found = baselines[name] ?? parts[name] ?? libraries[name];
  if (found === undefined) throw new RangeError(`there is no contender ${name}`);
  return found;
}

/** @param {Load} load @returns {Opened} */
function filling(load) {
  const values = new Map();
  return {
    async get(key) {
      const known = values.get(key);
      if (known !== undefined) return known;
      const value = await load(key);
      values.set(key, value);
      return value;
    },
  };
}

/** @param {import("lru-cache").LRUCache<string, { value: unknown, expiresAt: number }>} cache @param {Load} load @returns {Opened} */
function timed(cache, load) {
  return {
    async get(key) {
      const known = cache.get(key);
      if (known !== undefined && known.expiresAt > Date.now()) return known.value;
      const value = await load(key);
      cache.set(key, { value, expiresAt: Date.now() + TTL });
      return value;
    },
  };
}

/** @param {Load} load @returns {Opened} */
function fallingBack(load) {
  const values = new Map();
  return {
    async get(key) {
      try {
        const value = await load(key);
        values.set(key, value);
        return value;
      } catch (error) {
        if (values.has(key)) return values.get(key);
        throw error;
      }
    },
  };
}

/** @param {Load} load @returns {Opened} */
function deduplicating(load) {
  const values = new Map();
  const loads = new Map();
  const start = async (/** @type {string} */ key) => {
    try {
      const value = await load(key);
      values.set(key, value);
      return value;
    } finally {
      loads.delete(key);
    }
  };
  return {
    async get(key) {
      const known = values.get(key);
      if (known !== undefined) return known;
      let loading = loads.get(key);
      if (loading === undefined) loads.set(key, (loading = start(key)));
      return loading;
    },
  };
}
