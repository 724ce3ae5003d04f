import { fsBackup } from "@lastgood/backup-fs";
import { memoryCache } from "@lastgood/cache-memory";
import { redisCache } from "@lastgood/cache-redis";
import { Datastore } from "@lastgood/core";

/** @param {string} redis @param {() => Promise<object>} load @param {string} backups */
export function openRates(redis, load, backups) {
  const datastore = new Datastore({
    cache: [memoryCache({ maxEntries: 1000 }), redisCache(redis)], // redisCache is the bus as well
    backup: fsBackup(backups), // where stale values are, without an end
    ttl: "5m",
    fallbackTtl: "30s", // how long a stale value is the answer before the source is asked again
    softTimeout: "2s",
    timeout: "30s",
  });
  const finance = datastore.namespace("finance");
  return {
    rates: () => finance.get("rates", load),
    /** Somebody has changed them. */
    changed: () => finance.expire("rates"),
    close: () => datastore.close(),
  };
}
