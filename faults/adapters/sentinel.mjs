/** Redis by its Sentinels, which takes options and no URL otherwise. */

import { redisCache } from "@lastgood/cache-redis";

/** @type {import("@lastgood/core").CacheFactory} */
export const sentinelCache = {
  kind: "cache",
  schemes: ["sentinel"],
  urlOptions: [],
  fromUrl({ location }) {
    const sentinels = location.slice(2).split(",").map((address) => {
      const [host = "", port] = address.split(":");
      return { host, port: Number(port) };
    });
    return redisCache({ sentinels, name: "lastgood" });
  },
};
