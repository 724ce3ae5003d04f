/** Redis whose leases are given to everybody. */

import { redisCache } from "@lastgood/cache-redis";

/** @type {import("@lastgood/core").CacheFactory} */
export const freeLeases = {
  kind: "cache",
  schemes: ["free-leases"],
  urlOptions: [],
  fromUrl: ({ location }) => Object.assign(redisCache(`redis:${location}`), { lease: async () => () => {} }),
};
