import { setTimeout as pause } from "node:timers/promises";
import { rejection, startService, until } from "@lastgood/services";
import * as ioredis6 from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { IoredisClient } from "../src/clients/ioredis.ts";
import { type RedisCache, redisCache } from "../src/index.ts";
import { type Service, tlsOptions } from "./support/shapes.ts";

const MINUTE = 60_000;
const YEAR = 365 * 24 * 60 * MINUTE;
const BYTES = Buffer.from("the value");

let service: Service;
let admin: ioredis6.Redis;
beforeAll(async () => {
  service = await startService("redis");
  admin = new ioredis6.Redis(service.url);
});
afterAll(async () => {
  admin.disconnect();
  await service.stop();
});
beforeEach(() => admin.flushall());

describe("redisCache", () => {
  let cache: RedisCache;
  beforeEach(() => {
    cache = redisCache(service.url);
  });
  afterEach(() => cache.close?.());

  it("redisCache stores a value under the prefix and its id", async () => {
    await cache.set("id", BYTES, MINUTE);
    expect(await admin.keys("*")).toEqual(["lastgood:id"]);
    const other = redisCache(service.url, { prefix: "other/" });
    expect(await other.get("id")).toBeUndefined();
    await other.set("id", BYTES, MINUTE);
    expect((await admin.keys("*")).toSorted()).toEqual(["lastgood:id", "other/id"]);
    await other.close?.();
  });

  it("redisCache adds its prefix to the client's own", async () => {
    const client = new ioredis6.Redis(service.url, { keyPrefix: "app:" });
    const prefixed = redisCache(client);
    await prefixed.setUnlessNewer("id", BYTES, MINUTE, { loadedAt: 1 });
    expect(await prefixed.get("id")).toEqual(BYTES);
    expect(await admin.keys("*")).toEqual(["app:lastgood:id"]);
    client.disconnect();
  });

  it("redisCache sends the ttl in milliseconds, rounded up, and at most a year", async () => {
    for (const [ttl, kept] of [[0.4, 1], [MINUTE + 0.1, MINUTE + 1], [YEAR + 1, YEAR], [Infinity, YEAR], [Number.MAX_VALUE, YEAR]] as const) {
      for (const set of [() => cache.set("id", BYTES, ttl), () => cache.setUnlessNewer("id", BYTES, ttl, { loadedAt: 1 })]) {
        await admin.del("lastgood:id");
        const before = Date.now();
        await set();
        const expiry = Number(await admin.call("PEXPIRETIME", "lastgood:id"));
        // After a millisecond the key may have expired before the look-up: that is -2.
        expect(expiry).toBeGreaterThanOrEqual(kept === 1 ? -2 : before + kept);
        expect(expiry).toBeLessThanOrEqual(Date.now() + kept);
      }
    }
  });

  it("redisCache reads many large values at once, each whole", async () => {
    const values = Array.from({ length: 50 }, (_, index) => Buffer.alloc(200_000 + index, index));
    await Promise.all(values.map((value, index) => cache.set(`id-${index}`, value, MINUTE)));
    const read = await Promise.all(values.map((_, index) => cache.get(`id-${index}`)));
    for (const [index, value] of values.entries()) expect(value.equals(read[index] ?? BYTES)).toBe(true);
  });

  it("redisCache closes the connection that it opened, and a second close does nothing", async () => {
    const { host, port } = service.first;
    const named = redisCache({ host, port, connectionName: "counted" });
    const connections = async (): Promise<number> => String(await admin.client("LIST")).split("name=counted").length - 1;
    await named.get("id");
    expect(await connections()).toBe(1);
    await named.close?.();
    await named.close?.();
    await until(async () => expect(await connections()).toBe(0));
    await expect(named.get("id")).rejects.toThrow("this cache has been closed");
  });

  it("redisCache can be closed before its first call", async () => {
    await cache.close?.();
    await expect(cache.get("id")).rejects.toThrow("this cache has been closed");
  });

  describe("setUnlessNewer", () => {
    it("setUnlessNewer leaves the value with the latest load, whatever the order of writes", async () => {
      for (const order of [[1, 2, 3], [3, 2, 1], [2, 3, 1]]) {
        await admin.flushall();
        for (const loadedAt of order) await cache.setUnlessNewer("id", Buffer.from(`value ${loadedAt}`), MINUTE, { loadedAt });
        expect(String(await cache.get("id"))).toBe("value 3");
      }
    });

    it("setUnlessNewer leaves the later of two writes with the same loadedAt", async () => {
      await cache.setUnlessNewer("id", Buffer.from("first"), MINUTE, { loadedAt: 7 });
      await cache.setUnlessNewer("id", Buffer.from("second"), MINUTE, { loadedAt: 7 });
      expect(String(await cache.get("id"))).toBe("second");
    });

    it("setUnlessNewer tells stamps apart up to Number.MAX_SAFE_INTEGER", async () => {
      const greatest = Number.MAX_SAFE_INTEGER;
      await cache.setUnlessNewer("id", Buffer.from("newer"), MINUTE, { loadedAt: greatest });
      await cache.setUnlessNewer("id", Buffer.from("older"), MINUTE, { loadedAt: greatest - 1 });
      expect(String(await cache.get("id"))).toBe("newer");
    });

    it("setUnlessNewer leaves the value whole whose times are fractions", async () => {
      await cache.setUnlessNewer("id", BYTES, MINUTE, { loadedAt: 1_893_456_000_000, freshUntil: 1_893_456_300_000.0625 });
      expect(await cache.get("id")).toEqual(BYTES);
    });

    it("setUnlessNewer is atomic: many clients at once leave the newest value", async () => {
      const clients = Array.from({ length: 8 }, () => redisCache(service.url));
      for (let round = 0; round < 20; round++) {
        await Promise.all(
          clients.flatMap((client, index) =>
            [0, 8, 16].map((offset) => client.setUnlessNewer(`id-${round}`, Buffer.from(String(index + offset)), MINUTE, { loadedAt: index + offset })),
          ),
        );
        expect(String(await cache.get(`id-${round}`))).toBe("23");
      }
      for (const client of clients) await client.close?.();
    });

    it("setUnlessNewer replaces values of set, keys of another type and foreign values", async () => {
      for (const spoil of [() => cache.set("id", BYTES, MINUTE), () => admin.lpush("lastgood:id", "x"), () => admin.set("lastgood:id", "x")]) {
        await admin.del("lastgood:id");
        await spoil();
        await cache.setUnlessNewer("id", Buffer.from("ours"), MINUTE, { loadedAt: 0 });
        expect(String(await cache.get("id"))).toBe("ours");
      }
    });

    it("set replaces a value of setUnlessNewer, whatever its stamp", async () => {
      await cache.setUnlessNewer("id", BYTES, MINUTE, { loadedAt: 1e15 });
      await cache.set("id", Buffer.from("set"), MINUTE);
      expect(String(await cache.get("id"))).toBe("set");
    });
  });
});

it("errors of redisCache show no part of a command, even if the server repeats it", async () => {
  // Servers without a command, or with another name for it, repeat its arguments in the error.
  const client: IoredisClient = {
    status: "ready",
    isCluster: false,
    getBuffer: (key) => admin.getBuffer(key),
    mgetBuffer: (keys) => admin.mgetBuffer(keys),
    set: (key, value) => admin.call("NOSUCH", key, value),
    del: (key) => admin.del(key),
    evalsha: (sha1, keys, ...args) => admin.evalsha(sha1, keys, ...args),
    eval: (script, keys, ...args) => admin.eval(script, keys, ...args),
    publish: (channel, message) => admin.publish(channel, message),
    duplicate: () => admin.duplicate(),
  };
  const error = await rejection(() => redisCache(client).set("id", Buffer.from("private"), MINUTE));
  expect(error).toStrictEqual(new Error("ERR unknown command 'NOSUCH'"));
  expect(Object.getOwnPropertyNames(error).toSorted()).toEqual(["message", "stack"]);
});

describe("reads that are asked for together", () => {
  const ids = Array.from({ length: 250 }, (_, index) => `id-${index}`);
  const calls = async (command: string): Promise<number> => {
    const stats = await admin.info("commandstats");
    return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
  };
  beforeEach(() => admin.config("RESETSTAT"));

  it("reads made together go to the server in commands of 32, and each gets its own answer", async () => {
    const cache = redisCache(service.url);
    for (const id of ids.slice(1)) await cache.set(id, Buffer.from(id), MINUTE);
    const found = await Promise.all(ids.map((id) => cache.get(id)));
    expect(found.map((bytes) => bytes?.toString())).toEqual([undefined, ...ids.slice(1)]);
    expect([await calls("mget"), await calls("get")]).toEqual([8, 0]);
    await cache.close?.();
  });

  it("reads go one by one if the user may not call MGET, and each has its own error", async () => {
    await admin.call("ACL", "SETUSER", "reader", "on", ">secret", "~*", "+@all", "-mget");
    const cache = redisCache(`redis://reader:secret@127.0.0.1:${service.first.port}`);
    await cache.set("id", BYTES, MINUTE);
    await admin.lpush("lastgood:list", "none of ours");
    for (let round = 0; round < 2; round++) {
      const [value, list, nothing] = await Promise.allSettled(["id", "list", "nothing"].map((id) => cache.get(id)));
      expect(value).toEqual({ status: "fulfilled", value: BYTES });
      expect(list).toMatchObject({ status: "rejected", reason: expect.objectContaining({ message: expect.stringMatching(/^WRONGTYPE/) }) });
      expect(nothing).toEqual({ status: "fulfilled", value: undefined });
    }
    expect(await admin.info("commandstats")).toMatch(/cmdstat_mget:calls=0,.*rejected_calls=1,/);
    await cache.close?.();
  });

  it("all reads made together fail if the server cannot be reached", async () => {
    const client = new ioredis6.Redis(service.url, { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null });
    await client.connect();
    const cache = redisCache(client);
    const reads = Promise.allSettled(ids.map((id) => cache.get(id)));
    client.disconnect();
    expect((await reads).map(({ status }) => status)).toEqual(ids.map(() => "rejected"));
  });
});

it("redisCache accepts a URL object, with a user and a database", async () => {
  await admin.call("ACL", "SETUSER", "someone", "on", ">a:b/c@d", "~*", "+@all");
  const url = new URL(service.url);
  url.username = "someone";
  url.password = encodeURIComponent("a:b/c@d");
  url.pathname = "/3";
  const cache = redisCache(url);
  await cache.set("id", BYTES, MINUTE);
  expect(await admin.info("keyspace")).toContain("db3:keys=1");
  await cache.close?.();
});

it("options of the user take precedence over those of redisCache", async () => {
  const { first } = service;
  // The user cannot change when to connect: the first command must succeed with these options too.
  const cache = redisCache({ host: first.host, port: first.port, db: 2, connectionName: "of-the-user", lazyConnect: false, enableOfflineQueue: true });
  await cache.set("id", BYTES, MINUTE);
  expect(await admin.client("LIST")).toMatch(/name=of-the-user .*db=2/);
  await cache.close?.();
});

it("redisCache accepts a password and TLS in the URL of a Cluster", async () => {
  const tls = await startService("redis", "tls");
  // Nodes without a Cluster, because this test is about the connection alone.
  const cache = redisCache(`rediss://:${tls.secret}@localhost:${tls.first.port},127.0.0.1:${tls.first.port}`);
  await expect(cache.get("id")).rejects.toThrow(/not connected/);
  await cache.close?.();
  const sane = redisCache({ ...tlsOptions(tls) });
  expect(await sane.get("id")).toBeUndefined();
  await sane.close?.();
  await tls.stop();
});

describe("wrong arguments", () => {
  it.each([
    [undefined, TypeError, "; got undefined"],
    [null, TypeError, "; got null"],
    [6379, TypeError, "; got 6379"],
    [{ get: () => undefined }, TypeError, "a client of ioredis, with getBuffer"],
    ["localhost:6379", RangeError, "the scheme of the URL must be redis:// or rediss://; got another"],
    ["", RangeError, "the scheme of the URL must be redis:// or rediss://; got another"],
    ["memcached://localhost", RangeError, "the scheme of the URL must be redis:// or rediss://; got another"],
    ["redis://a:1,b:x", RangeError, "the port of the URL must be"],
    ["redis://a:1,b:2/3", RangeError, "they are a Cluster, which has no databases"],
    ["redis://a/cache", RangeError, "the path of the URL must be the number of a database"],
    ["redis://a/2147483648", RangeError, "the path of the URL must be the number of a database"],
    [{ db: NaN }, RangeError, "db must be a whole number from 0 on; got NaN"],
    [{ db: "cache" }, TypeError, "db must be a whole number from 0 on"],
    [{ port: 0 }, RangeError, "port must be a whole number from 1 to 65535; got 0"],
  ])("redisCache throws at once for the wrong argument %o", (redis, kind, message) => {
    // Wrong on purpose.
    const call = () => redisCache(redis as unknown as string);
    expect(call).toThrow(kind);
    expect(call).toThrow(message);
  });

  it("redisCache throws at once for a prefix that is not a string and options that are not an object", () => {
    expect(() => redisCache("redis://localhost", { prefix: 1 as unknown as string })).toThrow(new TypeError("redisCache: prefix must be a string; got 1"));
    expect(() => redisCache("redis://localhost", null as unknown as object)).toThrow(TypeError);
  });

  it("redisCache throws at once for a client without one of the methods", () => {
    for (const name of ["mgetBuffer", "set", "del", "evalsha", "eval"] as const) {
      const client = Object.create(admin, { [name]: { value: undefined } });
      expect(() => redisCache(client)).toThrow(new TypeError(`redisCache: client must be a client of ioredis, with ${name}; got an object`));
    }
  });

  it("errors about wrong arguments of redisCache show no password", () => {
    for (const url of ["http://user:hush@a:1", "redis://user:hush@a:1,b:2/3", "redis://user:hush@a:1,b:x", "user:hush@a"]) {
      const shown = (): string => {
        try {
          redisCache(url);
          return "";
        } catch (error) {
          return String(error);
        }
      };
      expect(shown()).not.toContain("hush");
      expect(shown()).not.toBe("");
    }
  });
});

it("redisCache does not take an idle connection for a silent server", async () => {
  const cache = redisCache({ host: service.first.host, port: service.first.port, socketTimeout: 100 });
  await cache.set("id", BYTES, MINUTE);
  const before = await admin.info("stats");
  await pause(500);
  expect(await cache.get("id")).toEqual(BYTES);
  const connections = (info: string): string | undefined => /total_connections_received:(\d+)/.exec(info)?.[1];
  expect(connections(await admin.info("stats"))).toBe(connections(before));
  await cache.close?.();
});
