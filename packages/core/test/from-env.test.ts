import { describe, expect, it } from "vitest";
import type { AdapterFactory } from "../src/adapter.ts";
import { fromEnv } from "../src/index.ts";
import { memoryBackup } from "../src/testing.ts";
import { failing } from "./support/setting.ts";
import { mapCache } from "./support/stores.ts";

const SECRET = "hush-hush";

/** Factories that note which URL they were given. */
function setUpFactories() {
  const given: object[] = [];
  const cache: AdapterFactory = { kind: "cache", schemes: ["redis", "memory"], urlOptions: ["db"], fromUrl: (url) => (given.push(url), mapCache()) };
  const backup: AdapterFactory = { kind: "backup", schemes: ["file"], urlOptions: [], fromUrl: (url) => (given.push(url), memoryBackup()) };
  return { given, adapters: [cache, backup] };
}

const GOOD = { LASTGOOD_CACHE_URL: "memory:", LASTGOOD_BACKUP_URL: "file:./var/backups" };

describe("fromEnv", () => {
  it("opens the stores that the environment names, and passes on the other options", async () => {
    const { given, adapters } = setUpFactories();
    const env = { LASTGOOD_CACHE_URL: `redis://user:${SECRET}@host:6379/1?db=2`, LASTGOOD_BACKUP_URL: "file:./var/backups" };
    const datastore = fromEnv({ adapters, env, shouldFallback: () => false });
    await datastore.set("key", "value", 0);
    await expect(datastore.get("key", failing(new Error("down")))).rejects.toThrow("down");
    expect(given).toMatchObject([
      { scheme: "redis", options: { db: 2 } },
      { scheme: "file", location: "./var/backups", options: {} },
    ]);
    await datastore.close();
  });

  it("reads the environment of the process where none is handed in", () => {
    const { adapters } = setUpFactories();
    expect(() => fromEnv({ adapters })).toThrow(/^LASTGOOD_CACHE_URL is not set; it names a store by a URL \(redis:, memory:\)$/);
  });

  it.each<readonly [string, Readonly<Record<string, string>>, RegExp]>([
    ["a variable that is not set", { LASTGOOD_BACKUP_URL: "" }, /^LASTGOOD_BACKUP_URL is not set; it names a store by a URL \(file:\)$/],
    ["no URL at all", { LASTGOOD_CACHE_URL: `${SECRET}@host` }, /^LASTGOOD_CACHE_URL is not a URL; it must begin with one of redis:, memory:$/],
    ["the rest of a URL", { LASTGOOD_CACHE_URL: `//user:${SECRET}@host` }, /^LASTGOOD_CACHE_URL is not a URL/],
    ["an adapter that is not passed in", { LASTGOOD_CACHE_URL: `memcached://user:${SECRET}@host` }, /Install @lastgood\/cache-memcached and add its factory to adapters$/],
    ["a scheme that nobody knows", { LASTGOOD_CACHE_URL: `mongodb://user:${SECRET}@host` }, /^LASTGOOD_CACHE_URL begins with mongodb:, for which there is no adapter; those that are passed in are for redis:, memory:$/],
    ["a cache for a backup", { LASTGOOD_BACKUP_URL: `redis://user:${SECRET}@host` }, /^LASTGOOD_BACKUP_URL begins with redis:, whose adapter of this kind is not passed in/],
    ["an option that the adapter does not know", { LASTGOOD_CACHE_URL: `redis://user:${SECRET}@host?database=1` }, /^LASTGOOD_CACHE_URL has an option "database", which redis: does not know; it knows db$/],
  ])("says what to do about %s, and shows no password", (_, env, message) => {
    const { given, adapters } = setUpFactories();
    let said = "";
    try {
      fromEnv({ adapters, env: { ...GOOD, ...env } });
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError);
      said = (error as Error).message; // as was just seen
    }
    expect(said).toMatch(message);
    expect(said).not.toContain(SECRET);
    expect(given.filter((url) => "scheme" in url && url.scheme === "redis")).toEqual([]);
  });

  it.each([undefined, "redis", [undefined], [{ kind: "cache" }]])("refuses adapters that are none: %j", (adapters) => {
    // As a program without types may call it.
    expect(() => fromEnv({ adapters: adapters as AdapterFactory[], env: GOOD })).toThrow("fromEnv needs adapters, a list such as [memoryCache, fsBackup]");
  });
});
