import { memoryCache } from "@lastgood/cache-memory";
import { memcachedCache } from "@lastgood/cache-memcached";
import { redisCache } from "@lastgood/cache-redis";
import { fsBackup } from "@lastgood/backup-fs";
import { postgresBackup } from "@lastgood/backup-postgres";
import { s3Backup } from "@lastgood/backup-s3";
import { sqliteBackup } from "@lastgood/backup-sqlite";
import { fromEnv } from "@lastgood/core";
import { startService } from "@lastgood/services";
import { expect, it, onTestFinished } from "vitest";
import { type Environment, newDirectory, startS3 } from "./stores.ts";

const KEYS = ["../x", "../../x", "a/b", "a\\b", "A", "a", "a ", "", ".", "..", "x".repeat(5_000), `${"x".repeat(4_999)}y`, "\u{1F600}", "\u{1F601}"].concat([
  "\ud800",
  "\ud801",
  "\udc00",
  "\ufffd",
  "__proto__",
  "constructor",
  "a\0b",
  "a\nb",
  "a:b",
  "CON",
  "\u00e9",
  "e\u0301",
]);

const STORES: Readonly<Record<string, () => Promise<Environment>>> = {
  "memory and a directory": async () => ({ LASTGOOD_CACHE_URL: "memory:", LASTGOOD_BACKUP_URL: `file:${await newDirectory()}/backups` }),
  "Redis and SQLite": async () => ({ LASTGOOD_CACHE_URL: await urlOf("redis"), LASTGOOD_BACKUP_URL: `sqlite:${await newDirectory()}/backups.db` }),
  "memory and PostgreSQL": async () => ({ LASTGOOD_CACHE_URL: "memory:", LASTGOOD_BACKUP_URL: await urlOf("postgres") }),
  "Memcached and S3": async () => ({ ...(await startS3()), LASTGOOD_CACHE_URL: `memcached://${(await urlOf("memcached")).replace(/^.*:\/\//, "")}` }),
};

async function urlOf(name: string): Promise<string> {
  const service = await startService(name);
  onTestFinished(() => service.stop());
  return service.url;
}

it.each(Object.entries(STORES))("P9: any string is a key, and keys that differ share no record, in %s", async (_, start) => {
  const env = await start();
  for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]) process.env[name] = env[name] ?? "";
  const datastore = fromEnv({ adapters: [memoryCache, redisCache, memcachedCache, fsBackup, sqliteBackup, s3Backup, postgresBackup], env });
  onTestFinished(() => datastore.close());
  for (const [index, key] of KEYS.entries()) await datastore.set(key, index);
  for (const [index, key] of KEYS.entries()) {
    // From the cache, and from the backup.
    expect(await datastore.getResult(key, () => -1)).toMatchObject({ value: index, source: "cache" });
    expect(await datastore.peekBackup(key)).toMatchObject({ value: index });
  }
});
