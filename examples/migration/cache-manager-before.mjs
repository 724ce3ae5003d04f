import KeyvRedis from "@keyv/redis";
import { createCache } from "cache-manager";
import { createKeyv } from "cacheable";
import { Keyv } from "keyv";

/** @param {string} redis @param {() => Promise<object>} load */
export function openRates(redis, load) {
  const cache = createCache({
    stores: [createKeyv({ lruSize: 1000 }), new Keyv(new KeyvRedis(redis))],
    ttl: 300_000,
    refreshThreshold: 60_000,
  });
  return {
    rates: () => cache.wrap("rates", load),
    /** Somebody has changed them. */
    changed: () => cache.del("rates"),
    close: () => cache.disconnect(),
  };
}
