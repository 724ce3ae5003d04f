import { fsBackup } from "@lastgood/backup-fs";
import { memoryCache } from "@lastgood/cache-memory";
import { redisCache } from "@lastgood/cache-redis";
import { Datastore } from "@lastgood/core";

/** @param {string} redis @param {() => Promise<object>} load @param {string} backups */
export function openRates(redis, load, backups) {
  const datastore = new Datastore({
    cache: [memoryCache({ maxEntries: 1000 }), redisCache(redis)], // nearest first; changes are announced
    backup: fsBackup(backups),
    ttl: "5m",
    refreshAhead: 0.8, // when a fifth of the ttl is left
  });
  return {
    rates: () => datastore.get("rates", load),
    /** Somebody has changed them. The backup stays, in case the source is down when it is asked. */
    changed: () => datastore.expire("rates"),
    close: () => datastore.close(),
  };
}
