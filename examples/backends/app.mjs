/**
 * Exchange rates from a source that may be down. Which cache and which backup it uses is said by LASTGOOD_CACHE_URL and
 * LASTGOOD_BACKUP_URL alone: memory and a directory on a laptop, Redis and SQLite on one host, a Redis Cluster and S3 in
 * production.
 *
 *     LASTGOOD_CACHE_URL=memory: LASTGOOD_BACKUP_URL=file:./var/backups node app.mjs http://127.0.0.1:8080/rates
 */

import { postgresBackup } from "@lastgood/backup-postgres";
import { s3Backup } from "@lastgood/backup-s3";
import { fsBackup } from "@lastgood/backup-fs";
import { sqliteBackup } from "@lastgood/backup-sqlite";
import { memcachedCache } from "@lastgood/cache-memcached";
import { memoryCache } from "@lastgood/cache-memory";
import { redisCache } from "@lastgood/cache-redis";
import { fromEnv } from "@lastgood/core";

const [url = ""] = process.argv.slice(2);

const datastore = fromEnv({
  adapters: [memoryCache, redisCache, memcachedCache, fsBackup, sqliteBackup, s3Backup, postgresBackup],
  ttl: "5m",
  timeout: "10s",
  // A new process connects first: a host that is busy would take its cache for dead.
  cacheTimeout: "5s",
});

const rates = datastore.define({
  key: "rates",
  load: async ({ signal }) => {
    const response = await fetch(url, { signal });
    if (!response.ok) throw new Error(`the source answered ${response.status}`);
    return response.json();
  },
});

try {
  const { value, source, stale } = await rates.result();
  console.log(JSON.stringify({ value, source, stale }));
} finally {
  await datastore.close();
}
