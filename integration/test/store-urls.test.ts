import { inspect } from "node:util";
import { fsBackup } from "@lastgood/backup-fs";
import { postgresBackup } from "@lastgood/backup-postgres";
import { s3Backup } from "@lastgood/backup-s3";
import { sqliteBackup } from "@lastgood/backup-sqlite";
import { memcachedCache } from "@lastgood/cache-memcached";
import { memoryCache } from "@lastgood/cache-memory";
import { redisCache } from "@lastgood/cache-redis";
import { fromEnv } from "@lastgood/core";
import { describe, expect, it } from "vitest";
import { newDirectory } from "./stores.ts";

const SECRET = "hush-hush-7";
const ADAPTERS = [memoryCache, redisCache, memcachedCache, fsBackup, sqliteBackup, s3Backup, postgresBackup];
const CACHES = { memory: "memory:", redis: "redis://host", rediss: "rediss://host", memcached: "memcached://host" };
const PORTS = ["0", "65536", "abc", "", "-1", "1.5", "0x1", "06379", SECRET];
const HOSTS = ["", "a,", ",a", "a..b", "256.1.1.1", "%41", "[::1", "[x]", "::1"];

const PATHS = ["/cache", "/-1", "/1.5", "/0x1", "/1/2", "/01", "//", `/${SECRET}`, "/%31", "/2147483648"];
const DATABASES = ["//", "/a/b", "/a/", `/${SECRET}/`, "/%zz", "/%00"];

/** URLs that cannot be meant, and what the error has to speak of. */
const wrong: (readonly [string, RegExp])[] = [];
for (const scheme of ["redis", "rediss", "memcached", "postgres", "postgresql"]) {
  const at = `${scheme}://user:${SECRET}@`;
  for (const port of PORTS) wrong.push([`${at}host:${port}`, /port/]);
  for (const host of HOSTS) wrong.push([`${at}${host}`, /host|port/]);
  for (const path of scheme.startsWith("postgres") ? DATABASES : PATHS) wrong.push([`${at}host${path}`, /path/]);
  for (const user of ["@", ":@", "user:@", `user:${SECRET}%@`, `user:%zz${SECRET}@`, `user:${SECRET}%ff@`, `${SECRET}%:x@`]) wrong.push([`${scheme}://${user}host`, /user name|password/]);
  for (const end of ["/", "?", "#"]) wrong.push([`${scheme}://user:a${end}${SECRET}@host`, /password|query/]);
  wrong.push([`${scheme}:host`, /scheme/], [`${scheme}:/host`, /scheme/], [`${scheme}:user:${SECRET}@host`, /scheme/]);
}
for (const url of [...Object.values(CACHES), "file:./x", "sqlite:./x.db", "s3://bucket", "postgres://host/app"]) {
  wrong.push([`${url}#${SECRET}`, /fragment/], [`${url}?token=${SECRET}`, /option "token"/], [`${url}?${SECRET}`, /option, not shown/], [`${url}?prefix=%zz`, /query/], [`${url}\n`, /text/]);
}
for (const url of ["redis://host?prefix=a&prefix=b", "memory:?maxEntries=1&maxEntries=1", "file:./x?generations=3&generations=3"]) wrong.push([url, /twice/]);
for (const value of ["0", "-1", "1.5", "0x10", "1e3", "abc", "", "true", "16777217"]) wrong.push([`memory:?maxEntries=${value}`, /maxEntries/]);
for (const value of ["0", "abc", "", SECRET]) wrong.push([`memory:?maxBytes=${value}`, /maxBytes/], [`memcached://host?maxValueBytes=${value}`, /maxValueBytes/], [`file:./x?generations=${value}`, /generations/]);
wrong.push(
  ["memory://host", /location/],
  [`memory:${SECRET}`, /location/],
  [`memory://user:${SECRET}@host`, /location/],
  ["redis://a,b/1", /path/],
  [`memcached://user@host`, /user name/],
  [`memcached://:${SECRET}@host`, /user name/],
  ["memcached://host/0", /path/],
  ["memcached://host?prefix=a%20b", /prefix/],
  ["file:", /directory/],
  [`file://user:${SECRET}@host/x`, /URL/],
  [`file://user:${SECRET}@host:abc/x`, /URL/],
  [`sqlite://user:${SECRET}@host:abc/x.db`, /URL/],
  ["sqlite:", /file/],
  ["sqlite::memory:", /file/],
  ["sqlite:./x.db?busyTimeout=abc", /busyTimeout/],
  [`postgres://user:${SECRET}@a,b/app`, /host/],
  ["postgres://host/app?sslmode=prefer", /sslmode/],
  ["postgres://host/app?table=A", /table/],
  ["postgres://host/app?table=7", /table/],
  ["postgres://host/app?generations=1", /generations/],
  ["postgres://host/app?mustExist=yes", /mustExist/],
  ["s3:", /bucket/],
  ["s3://", /bucket/],
  ["s3:bucket", /bucket/],
  [`s3://user:${SECRET}@bucket`, /bucket/],
  [`s3://bucket:${SECRET}`, /bucket/],
  ["s3://bucket//x", /prefix/],
  [`${SECRET}:x`, /URL/],
  [`${SECRET}://x`, /adapter|begins/],
  [SECRET, /URL/],
);
const FACTORIES = [["redisCache", redisCache], ["memcachedCache", memcachedCache], ["postgresBackup", postgresBackup]] as const;
const isCache = (url: string): boolean => Object.keys(CACHES).some((scheme) => url.startsWith(`${scheme}:`));

describe("a store URL that cannot be meant is refused at start-up, without a secret", () => {
  it.each(wrong)("the store URL %j is refused at start-up, without a secret", (url, about) => {
    const variable = isCache(url) ? "LASTGOOD_CACHE_URL" : "LASTGOOD_BACKUP_URL";
    const env = { LASTGOOD_CACHE_URL: "memory:", LASTGOOD_BACKUP_URL: "file:./never", [variable]: url };
    const error = thrownBy(() => fromEnv({ adapters: ADAPTERS, env }));
    expect(String(error)).toMatch(new RegExp(`^(Type|Range)Error: ${variable}`));
    expect(String(error)).toMatch(about);
    // A scheme is shown: what else could say which adapter to install.
    if (!url.startsWith(`${SECRET}:/`)) expect(everythingOf(error)).not.toContain(SECRET);
  });

  it.each(wrong.filter(([url]) => /^rediss?:|^memcached:\/\/|^postgres/.test(url) && !url.includes("?")))("the factory refuses the store URL %j too, and names itself", (url) => {
    const [name, make] = FACTORIES.find(([, factory]) => factory.schemes.some((scheme) => url.startsWith(`${scheme}:`))) ?? FACTORIES[0];
    const error = thrownBy(() => make(url));
    expect(String(error)).toMatch(new RegExp(`^RangeError: ${name}: `));
    expect(everythingOf(error)).not.toContain(SECRET);
  });
});

describe("a store URL that can be meant is taken", () => {
  it.each([
    ...["memory:", "memory://", "memory:?maxEntries=10&maxBytes=1000", "memory:?"],
    ...["redis://h", "rediss://h/", "redis://h/0", "redis://h:1/15", "redis://user@h", "redis://:p@h", "redis://user:p%40%2F%3A@h", "redis://u:p@ss@h", "redis://[::1]:6379/1", "redis://a,b:2/", "redis://a_b.c.:1"],
    ...["redis://h?prefix=7", "redis://h?prefix=true", "redis://h?prefix=007", "redis://h?prefix=a%40b"],
    ...["memcached://a", "memcached://a:1,b/", "memcached://user:p%25@a", "memcached://[::1]:1", "memcached://a?prefix=7&maxValueBytes=10"],
  ])("the store URL %s is accepted", async (url) => {
    const env = { LASTGOOD_CACHE_URL: url, LASTGOOD_BACKUP_URL: `file:${await newDirectory()}/backups` };
    await fromEnv({ adapters: ADAPTERS, env }).close();
  });

  it.each([
    ...["postgres://h", "postgresql://h/", "postgres://h/app", "postgres://h:1/a%2Fb", "postgres://user@h/app", "postgres://user:p%40%2F%3A@h/app", "postgres://u:p@ss@h/app", "postgres://[::1]:5433/app"],
    ...["postgres://h/app?table=ops.backups&generations=3&maxBytes=10&mustExist=true", "postgres://h/app?sslmode=verify-full"],
  ])("the URL of a backup %s is accepted", async (url) => {
    await fromEnv({ adapters: ADAPTERS, env: { LASTGOOD_CACHE_URL: "memory:", LASTGOOD_BACKUP_URL: url } }).close();
  });
});

function thrownBy(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** All that a console, a logger or a reporter of errors could show, but for the names of this file. */
function everythingOf(error: unknown): string {
  const chain = inspect(error, { showHidden: true, depth: 9 });
  return `${chain} ${JSON.stringify(error, error instanceof Error ? Object.getOwnPropertyNames(error) : undefined)}`;
}
