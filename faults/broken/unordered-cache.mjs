/** Redis in which the write that comes last stays, however old its value is. */

import { redisCache } from "@lastgood/cache-redis";

/** @type {import("@lastgood/core").CacheFactory} */
export const unorderedCache = {
  kind: "cache",
  schemes: ["unordered-cache"],
  urlOptions: [],
  fromUrl({ location }) {
    const cache = redisCache(`redis:${location}`);
    return Object.assign(cache, {
      setUnlessNewer: (/** @type {string} */ id, /** @type {Uint8Array} */ stored, /** @type {number} */ ttlMs, /** @type {import("@lastgood/core/adapter").CallOptions} */ options) =>
        cache.set(id, stored, ttlMs, options),
    });
  },
};
