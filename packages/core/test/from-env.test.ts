import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import type { AdapterFactory, StoreUrl } from "../src/adapter.ts";
import { fromEnv, type FromEnvOptions } from "../src/index.ts";
import { memoryBackup } from "../src/testing.ts";
import { failing } from "./support/setting.ts";
import { byteCache, mapCache } from "./support/stores.ts";

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

  it.each([
    ["memory:,redis://host:6379/1?db=2", ["memory:", "redis://host:6379/1"]],
    ["memory:?db=1,redis://a:6379,b:6379", ["memory:", "redis://a:6379,b:6379"]],
    ["redis://redis:6379,redis:6380", ["redis://redis:6379,redis:6380"]],
    ["redis://memory,redis,host", ["redis://memory,redis,host"]],
    ["redis://near:6379,far:6379,redis://other", ["redis://near:6379,far:6379", "redis://other"]],
  ])("fromEnv tells a list of caches from a list of hosts: %s", (url, urls) => {
    const stores: string[] = [];
    const cache: AdapterFactory = {
      kind: "cache",
      schemes: ["redis", "memory"],
      urlOptions: ["db"],
      fromUrl: ({ scheme, location }) => (stores.push(`${scheme}:${location}`), scheme === "memory" ? mapCache() : byteCache()),
    };
    const adapters = [cache, ...setUpFactories().adapters.slice(1)];
    fromEnv({ adapters, env: { ...GOOD, LASTGOOD_CACHE_URL: url } });
    expect(stores).toEqual(urls);
  });

  it.each(["memory:,", ",memory:", "memory:,nothing"])("fromEnv refuses a list of caches that cannot be meant: %s", (url) => {
    const cache: AdapterFactory = { kind: "cache", schemes: ["redis", "memory"], urlOptions: [], fromUrl: ({ scheme, location }) => {
      if (scheme === "memory" && location !== "") throw new TypeError("memoryCache: location must be left out");
      return scheme === "memory" ? mapCache() : byteCache();
    } };
    expect(() => fromEnv({ adapters: [cache, ...setUpFactories().adapters.slice(1)], env: { ...GOOD, LASTGOOD_CACHE_URL: url } })).toThrow(TypeError);
  });

  it.each(["cache", "backup"])("fromEnv refuses a %s that is passed in, which the environment would replace in silence", (store) => {
    const { adapters } = setUpFactories();
    const options = { adapters, env: GOOD, [store]: store === "cache" ? mapCache() : memoryBackup() } as FromEnvOptions;
    expect(() => fromEnv(options)).toThrow(`fromEnv: ${store} must be left out, since LASTGOOD_${store.toUpperCase()}_URL names it`);
  });

  it("fromEnv opens every backup of a list with commas, in its order, and each has what is kept", async () => {
    const { given, adapters } = setUpFactories();
    const env = { ...GOOD, LASTGOOD_BACKUP_URL: "file:./var/a,b, file:///var/c" };
    const datastore = fromEnv({ adapters, env });
    await datastore.set("key", "value");
    await datastore.flush();
    expect(given).toMatchObject([{ scheme: "memory" }, { location: "./var/a,b" }, { location: "///var/c" }]);
    expect(datastore.health().backup.stores).toHaveLength(2);
    await datastore.close();
  });

  it.each([
    ["file:./a,redis://b", 'LASTGOOD_BACKUP_URL, URL 2 of 2, begins with redis:, whose adapter of this kind is not passed in'],
    ["file:./a,s3:b", "LASTGOOD_BACKUP_URL, URL 2 of 2, begins with s3:, "],
    ["file:./a?x=1,file:./b", 'LASTGOOD_BACKUP_URL, URL 1 of 2, has an option "x" which file: does not know'],
  ])("fromEnv names the URL of a list that it cannot use: %s", (list, message) => {
    const { given, adapters } = setUpFactories();
    expect(() => fromEnv({ adapters, env: { ...GOOD, LASTGOOD_BACKUP_URL: list } })).toThrow(message);
    expect(given).toEqual([]);
  });

  it("fromEnv reads the environment of the process where none is handed in", () => {
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
    ["an option that the adapter does not know", { LASTGOOD_CACHE_URL: `redis://user:${SECRET}@host?database=1` }, /^LASTGOOD_CACHE_URL has an option "database" which redis: does not know; it knows db$/],
    ["an option whose name may be the rest of a password", { LASTGOOD_CACHE_URL: `redis://host?${SECRET}` }, /^LASTGOOD_CACHE_URL has an option, not shown here, which redis: does not know; it knows db$/],
    ["an option for an adapter that has none", { LASTGOOD_BACKUP_URL: "file:./x?a=1" }, /^LASTGOOD_BACKUP_URL has an option "a" which file: does not know; it has none$/],
    ["a token alone", { LASTGOOD_CACHE_URL: `${SECRET}:6379` }, /^LASTGOOD_CACHE_URL is not a URL/],
    ["a user without a scheme", { LASTGOOD_CACHE_URL: `${SECRET}:word@host` }, /^LASTGOOD_CACHE_URL is not a URL/],
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

  it.each([undefined, "redis", [undefined], [{ kind: "cache" }]])("fromEnv refuses adapters that are none: %j", (adapters) => {
    // As a program without types may call it.
    expect(() => fromEnv({ adapters: adapters as AdapterFactory[], env: GOOD })).toThrow("fromEnv: adapters must be a list such as [memoryCache, fsBackup]; got ");
  });

  it("fromEnv refuses to be called without options, and an env that is none", () => {
    const { adapters } = setUpFactories();
    expect(() => fromEnv(undefined as unknown as FromEnvOptions)).toThrow("fromEnv: adapters must be a list");
    for (const env of [null, 5]) expect(() => fromEnv({ adapters, env: env as unknown as FromEnvOptions["env"] })).toThrow(`fromEnv: env must be an object such as process.env; got ${env}`);
    expect(() => fromEnv({ adapters, env: { ...GOOD, LASTGOOD_CACHE_URL: 5 as unknown as string } })).toThrow("LASTGOOD_CACHE_URL must be a string; got 5");
  });

  it.each([
    ["text", "without control characters", "redis://host\n"],
    ["text", "without control characters", "redis://host "],
    ["fragment", "left out: a # that is meant is written %23", `redis://host#${SECRET}`],
    ["query", "without @: it is written %40", `redis://user:a?${SECRET}@host`],
    ["query", "without @: it is written %40", `redis://user:a#${SECRET}@host`],
    ["query", "percent-encoded: a % that is meant is written %25", "redis://host?db=%zz"],
    ["query", "percent-encoded: a % that is meant is written %25", "redis://host?db=%ff"],
    ["query", "without an option that stands there twice", "redis://host?db=1&db=1"],
  ])("refuses a %s that cannot be meant, expecting %s: %s", (part, expected, url) => {
    const { adapters, given } = setUpFactories();
    const call = () => fromEnv({ adapters, env: { ...GOOD, LASTGOOD_CACHE_URL: url } });
    expect(call).toThrow(RangeError);
    expect(call).toThrow(`LASTGOOD_CACHE_URL: the ${part} of the URL must be ${expected}`);
    expect(call).not.toThrow(SECRET);
    expect(given).toEqual([]);
  });

  it("fromEnv gives an option as a number or a boolean only where its text can be told from that", () => {
    const { given, adapters } = setUpFactories();
    for (const db of ["7", "007", "1.5", "1.50", "1e3", "0x1", "99999999999999999999", "true", "TRUE", ""]) fromEnv({ adapters, env: { ...GOOD, LASTGOOD_CACHE_URL: `redis://host?db=${db}` } });
    const redis = given.filter((url): url is StoreUrl => "scheme" in url && url.scheme === "redis");
    expect(redis.map(({ options }) => options["db"])).toEqual([7, "007", 1.5, "1.50", "1e3", "0x1", "99999999999999999999", true, "TRUE", ""]);
  });

  it("opens neither store if the URL of one cannot be meant", () => {
    const { given, adapters } = setUpFactories();
    expect(() => fromEnv({ adapters, env: { ...GOOD, LASTGOOD_BACKUP_URL: "file:./x?y=1" } })).toThrow("LASTGOOD_BACKUP_URL");
    expect(given).toEqual([]);
  });

  it.each<readonly [string, (url: StoreUrl) => never]>([
    ["the error of a URL that cannot be parsed", ({ scheme, location }) => { new URL(`${scheme}:${location}:x`); throw new Error("not reached"); }],
    ["an error with more hung on it", ({ location }) => { throw Object.assign(new RangeError(`bad ${location}`, { cause: location }), { input: location }); }],
    ["an error with a cut text", ({ location }) => { throw new TypeError(`exampleCache: port must be a number; got "${location.slice(0, 13)}…"`); }],
    ["no error at all", ({ location }) => { throw `no error, but ${decodeURIComponent(location)}`; }],
  ])("shows nothing secret of what an adapter throws: %s", (_, fromUrl) => {
    const secret = "hush %+/=";
    const throwing: AdapterFactory = { kind: "cache", schemes: ["redis"], urlOptions: [], fromUrl };
    const env = { ...GOOD, LASTGOOD_CACHE_URL: `redis://me:${encodeURIComponent(secret)}@host` };
    const error = thrownBy(() => fromEnv({ adapters: [throwing, ...setUpFactories().adapters], env }));
    expect(String(error)).toMatch(/^(Type|Range)Error: LASTGOOD_CACHE_URL: ./);
    const said = `${String(error)} ${inspect({ ...Object(error), cause: (error as Error).cause }, { showHidden: true, depth: 9 })} ${JSON.stringify(error)}`;
    for (const part of [secret, encodeURIComponent(secret), "hush"]) expect(said).not.toContain(part);
  });
});

function thrownBy(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}
