import { fsBackup } from "@lastgood/backup-fs";
import { redisCache } from "@lastgood/cache-redis";
import { Datastore } from "@lastgood/core";

/** @param {string} redis @param {() => Promise<object>} load @param {string} backups */
export function openRates(redis, load, backups) {
  const datastore = new Datastore({ cache: redisCache(redis), backup: fsBackup(backups), ttl: "5m" });
  const finance = datastore.namespace("finance");
  return {
    rates: () => finance.get("rates", load), // callers who ask at once share one load
    /** Somebody has changed them. */
    changed: () => finance.expire("rates"),
    close: () => datastore.close(),
  };
}
