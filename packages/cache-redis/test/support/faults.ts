import { randomBytes } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { inspect } from "node:util";
import { Datastore, DatastoreError } from "@lastgood/core";
import { memoryBackup } from "@lastgood/core/testing";
import { rejection, startProxy, startService, until } from "@lastgood/services";
import type * as ioredis from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type RedisCache, redisCache } from "../../src/index.ts";
import { untilCacheIsUsed } from "./in-use.ts";
import { sentinelOptions, type Service, tlsOptions } from "./shapes.ts";

const MINUTE = 60_000;
const BYTES = Buffer.from("the value");

/** Tests of a cache under faults of its server, for any version of ioredis. */
export function faultTests({ Redis }: typeof ioredis): void {
  let opened: RedisCache[];
  beforeEach(() => {
    opened = [];
  });
  afterEach(async () => {
    for (const cache of opened) await cache.close?.();
  });
  const open = (...[redis, options]: Parameters<typeof redisCache>): RedisCache => {
    const cache = redisCache(redis, options);
    opened.push(cache);
    return cache;
  };

  describe("a single server", () => {
    let service: Service;
    let admin: ioredis.Redis;
    let proxy: Awaited<ReturnType<typeof startProxy>>;
    beforeAll(async () => {
      service = await startService("redis");
      proxy = await startProxy(service.first.port);
      admin = new Redis(service.url, { maxRetriesPerRequest: null });
      admin.on("error", () => {});
    });
    afterAll(async () => {
      admin.disconnect();
      await proxy.close();
      await service.stop();
    });
    beforeEach(() => admin.flushall());

    const openByProxy = (): RedisCache => open(`redis://${proxy.host}:${proxy.port}`);

    it("the first command after a healthy start succeeds", async () => {
      await open(service.url).set("id", BYTES, MINUTE);
      expect(await open(service.url).get("id")).toEqual(BYTES);
    });

    it("calls are pipelined: a thousand at once are few reads for the server", async () => {
      const cache = open(service.url);
      await cache.get("id");
      const reads = async (): Promise<number> => Number(/total_reads_processed:(\d+)/.exec(await admin.info("stats"))?.[1]);
      const before = await reads();
      service.first.pause();
      const sets = Promise.all(Array.from({ length: 1_000 }, (_, index) => cache.set(`id-${index}`, BYTES, MINUTE)));
      await nextTurn();
      service.first.resume();
      await sets;
      expect((await reads()) - before).toBeLessThan(200);
      expect(await admin.dbsize()).toBe(1_000);
    });

    it("redisCache connects with the first call, and not before", async () => {
      const before = proxy.connections;
      const cache = openByProxy();
      await admin.ping();
      expect(proxy.connections).toBe(before);
      await cache.get("id");
      expect(proxy.connections).toBe(before + 1);
    });

    it("calls reject while nobody listens, and succeed once somebody does, in the same process", async () => {
      await proxy.close();
      const cache = openByProxy();
      await expect(cache.get("id")).rejects.toThrow();
      await expect(cache.set("id", BYTES, MINUTE)).rejects.toThrow("not connected: connect ECONNREFUSED");
      await proxy.open();
      await until(() => cache.set("id", BYTES, MINUTE));
      expect(await cache.get("id")).toEqual(BYTES);
    });

    it("calls that failed while the server was away are not sent later", async () => {
      const cache = openByProxy();
      await cache.get("id");
      await proxy.close();
      await expect(cache.set("id", BYTES, MINUTE)).rejects.toThrow();
      await expect(cache.set("id", BYTES, MINUTE)).rejects.toThrow();
      await proxy.open();
      expect(await until(() => cache.get("id"))).toBeUndefined();
    });

    it("calls succeed again after the server was killed and restarted", async () => {
      const cache = open(service.url);
      await cache.set("id", BYTES, MINUTE);
      await service.first.kill();
      await expect(cache.get("id")).rejects.toThrow();
      await service.first.start();
      expect(await until(() => cache.get("id"))).toBeUndefined();
      await cache.setUnlessNewer("id", BYTES, MINUTE, { loadedAt: 1 });
      expect(await cache.get("id")).toEqual(BYTES);
    });

    it("calls reject by themselves while the server is silent, then at once, and recover", async () => {
      const cache = open(service.url);
      await cache.set("id", BYTES, MINUTE);
      service.first.pause();
      try {
        await expect(cache.get("id")).rejects.toThrow();
        await expect(cache.get("id")).rejects.toThrow("not connected: Socket timeout");
      } finally {
        service.first.resume();
      }
      expect(await until(() => cache.get("id"))).toEqual(BYTES);
    });

    it("a call rejects by itself if the server accepts the connection and never answers", async () => {
      proxy.stall();
      const cache = openByProxy();
      await expect(cache.get("id")).rejects.toThrow();
      await expect(cache.get("id")).rejects.toThrow("not connected");
      proxy.flow();
      expect(await until(() => cache.get("id"))).toBeUndefined();
    });

    it("a get whose answer is cut off rejects, and the next one reads the whole value", async () => {
      const cache = openByProxy();
      const large = Buffer.alloc(1_000_000, "x");
      await cache.set("id", large, MINUTE);
      proxy.cutAfter(500_000);
      await expect(cache.get("id")).rejects.toThrow();
      expect(large.equals((await until(() => cache.get("id"))) ?? BYTES)).toBe(true);
    });

    it("a call rejects if the connection is reset, and the cache reconnects", async () => {
      const cache = openByProxy();
      await cache.set("id", BYTES, MINUTE);
      proxy.stall();
      const asked = cache.get("id");
      proxy.reset();
      proxy.flow();
      await expect(asked).rejects.toThrow();
      expect(await until(() => cache.get("id"))).toEqual(BYTES);
    });

    it("a call rejects if the answer is not Redis's, and the cache recovers", async () => {
      const cache = openByProxy();
      await cache.set("id", BYTES, MINUTE);
      proxy.replaceNext(() => Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"));
      await expect(cache.get("id")).rejects.toThrow();
      expect(await until(() => cache.get("id"))).toEqual(BYTES);
    });

    it("calls reject while the server loads its data, whether connected before or not", async () => {
      const before = open(service.url);
      for (let index = 0; index < 200; index++) await before.set(`id-${index}`, randomBytes(1_000), MINUTE);
      await admin.config("SET", "loading-process-events-interval-bytes", "1024", "key-load-delay", "100000");
      const loading = new Redis(service.url);
      const loaded = loading.call("DEBUG", "RELOAD");
      try {
        await until(async () => expect(await admin.info("persistence")).toContain("loading:1"));
        await expect(before.get("id-0")).rejects.toThrow("LOADING");
        const cache = open(service.url);
        await expect(cache.get("id-0")).rejects.toThrow("not connected: the server was not ready");
        await expect(cache.get("id-0")).rejects.toThrow("not connected: the server was not ready");
        await admin.config("SET", "key-load-delay", "0");
        await loaded;
        expect(await until(() => cache.get("id-0"))).toHaveLength(1_000);
        expect(await before.get("id-0")).toHaveLength(1_000);
      } finally {
        await admin.config("SET", "key-load-delay", "0");
        loading.disconnect();
      }
    });

    it("a set rejects on a read-only replica, a get succeeds, and a set succeeds after promotion", async () => {
      const cache = open(service.url);
      await cache.set("id", BYTES, MINUTE);
      await admin.replicaof("127.0.0.1", 1);
      try {
        await expect(cache.set("id", BYTES, MINUTE)).rejects.toThrow("READONLY");
        expect(await until(() => cache.get("id"))).toEqual(BYTES);
        await expect(cache.setUnlessNewer("id", BYTES, MINUTE, { loadedAt: 1 })).rejects.toThrow("READONLY");
      } finally {
        await admin.replicaof("NO", "ONE");
      }
      await until(() => cache.set("id", BYTES, MINUTE));
    });

    it("the first READONLY makes the cache reconnect, because a failover may have moved the server's name", async () => {
      const cache = openByProxy();
      await cache.get("id");
      const before = proxy.connections;
      await admin.replicaof("127.0.0.1", 1);
      try {
        await expect(cache.set("id", BYTES, MINUTE)).rejects.toThrow("READONLY");
        await until(() => cache.get("id"));
        expect(proxy.connections).toBe(before + 1);
        // A replica chosen on purpose must not cause a reconnection at every write.
        await expect(cache.set("id", BYTES, MINUTE)).rejects.toThrow("READONLY");
        await cache.get("id");
        expect(proxy.connections).toBe(before + 1);
      } finally {
        await admin.replicaof("NO", "ONE");
      }
    });

    it("a set rejects if the server is out of memory, and a get still succeeds", async () => {
      const cache = open(service.url);
      await cache.set("id", BYTES, MINUTE);
      await admin.config("SET", "maxmemory", "1", "maxmemory-policy", "noeviction");
      try {
        await expect(cache.set("other", BYTES, MINUTE)).rejects.toThrow("OOM");
        await expect(cache.setUnlessNewer("other", BYTES, MINUTE, { loadedAt: 1 })).rejects.toThrow("OOM");
        expect(await cache.get("id")).toEqual(BYTES);
      } finally {
        await admin.config("SET", "maxmemory", "0");
      }
    });

    it("a get of a key of another type rejects, and set replaces it", async () => {
      const cache = open(service.url);
      for (const set of [() => cache.set("id", BYTES, MINUTE), () => cache.setUnlessNewer("id", BYTES, MINUTE, { loadedAt: 1 })]) {
        await admin.del("lastgood:id");
        await admin.hset("lastgood:id", "field", "value");
        await expect(cache.get("id")).rejects.toThrow("WRONGTYPE");
        await set();
        expect(await cache.get("id")).toEqual(BYTES);
      }
    });

    it("the cache is empty after FLUSHALL, and works on", async () => {
      const cache = open(service.url);
      await cache.set("id", BYTES, MINUTE);
      await cache.setUnlessNewer("other", BYTES, MINUTE, { loadedAt: 1 });
      await admin.flushall();
      await admin.script("FLUSH");
      expect(await cache.get("id")).toBeUndefined();
      await cache.setUnlessNewer("id", BYTES, MINUTE, { loadedAt: 1 });
      expect(await cache.get("id")).toEqual(BYTES);
    });

    it("every call rejects if the server lacks the database, and no other database is used", async () => {
      for (const redis of [`${service.url}/99`, { host: service.first.host, port: service.first.port, db: 99 }]) {
        const cache = open(redis);
        for (let call = 0; call < 3; call++) await expect(cache.set("id", BYTES, MINUTE)).rejects.toThrow("not connected: ERR DB index is out of range");
        expect(await admin.dbsize()).toBe(0);
      }
    });

    it("redisCache uses the database of the URL and no other", async () => {
      const cache = open(`${service.url}/3`);
      await cache.set("id", BYTES, MINUTE);
      expect([await admin.dbsize(), await admin.info("keyspace")]).toEqual([0, expect.stringContaining("db3:keys=1")]);
    });

    it("a call rejects if the Redis user lacks the permission, and says which", async () => {
      await admin.call("ACL", "SETUSER", "reader", "on", ">hush-hush", "~*", "+@read", "+info", "+hello");
      const cache = open(`redis://reader:hush-hush@${service.first.host}:${service.first.port}`);
      expect(await cache.get("id")).toBeUndefined();
      await expect(cache.set("id", BYTES, MINUTE)).rejects.toThrow(/NOPERM.*set/);
    });

    it("Datastore answers from the loader within its deadline, whatever the Redis server does", async () => {
      for (const disturb of [() => proxy.close(), () => proxy.stall()]) {
        const cacheFailures: string[] = [];
        const datastore = new Datastore({ cache: openByProxy(), backup: memoryBackup(), cacheTimeout: 500 });
        datastore.on("cacheFailed", ({ operation, error }) => cacheFailures.push(`${operation} ${String(error instanceof DatastoreError)}`));
        await until(async () => expect(await datastore.getResult("key", () => "before")).toMatchObject({ source: "cache" }));
        cacheFailures.length = 0;
        await disturb();
        expect(await datastore.get("key", () => "meanwhile")).toBe("meanwhile");
        expect(cacheFailures).toEqual(["get true", "set true"]);
        await proxy.close();
        await proxy.open();
        proxy.flow();
        await untilCacheIsUsed(datastore);
        await datastore.close();
      }
    });
  });

  describe("a server with TLS and a password", () => {
    let service: Service;
    beforeAll(async () => {
      service = await startService("redis", "tls");
    });
    afterAll(() => service.stop());

    it("a wrong password makes calls reject, and is not shown", async () => {
      const cache = open({ ...tlsOptions(service), password: "a-wrong-password" });
      for (let attempt = 0; attempt < 2; attempt++) {
        const error = await rejection(() => cache.get("id"));
        expect(error).toMatchObject({ message: expect.stringContaining("WRONGPASS") });
        expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("a-wrong-password");
      }
    });

    it("calls reject if the server wants a password and has got none", async () => {
      const cache = open({ ...tlsOptions(service), password: undefined });
      await expect(cache.get("id")).rejects.toThrow("NOAUTH");
    });

    it("calls reject if the certificate is not trusted", async () => {
      const cache = open(service.url);
      await expect(cache.get("id")).rejects.toThrow();
      await expect(cache.get("id")).rejects.toThrow("not connected: self-signed certificate");
    });

    it("calls reject if the server speaks TLS and the client does not", async () => {
      const cache = open(service.url.replace("rediss:", "redis:"));
      await expect(cache.get("id")).rejects.toThrow();
      await expect(cache.get("id")).rejects.toThrow("not connected");
    });
  });

  describe("a Cluster", () => {
    let service: Service;
    beforeAll(async () => {
      service = await startService("redis", "cluster");
    });
    afterAll(() => service.stop());

    it("a Cluster that loses a master makes calls reject at worst, and recovers by itself", async () => {
      const cache = open(service.url);
      const ids = Array.from({ length: 60 }, (_, index) => `id-${index}`);
      const setAll = () => Promise.all(ids.map((id) => cache.set(id, BYTES, MINUTE)));
      await setAll();
      await service.server("node1").kill();
      await until(setAll, 80_000);
      expect((await Promise.all(ids.map((id) => cache.get(id)))).every((value) => BYTES.equals(value ?? Buffer.of()))).toBe(true);
    }, 90_000);

    it("calls reject if no node of the Cluster is left", async () => {
      const cache = open(service.url);
      await cache.get("id");
      await Promise.all(service.servers.map((server) => server.kill()));
      await expect(cache.get("id")).rejects.toThrow();
      await until(() => expect(cache.get("id")).rejects.toThrow("not connected: Failed to refresh slots cache"));
    });
  });

  describe("Sentinels", () => {
    let service: Service;
    beforeAll(async () => {
      service = await startService("redis", "sentinel");
    });
    afterAll(() => service.stop());

    it("the cache follows when Sentinels promote the replica of a dead master", async () => {
      const cache = open(sentinelOptions(service));
      await cache.set("id", BYTES, MINUTE);
      await service.server("primary").kill();
      await expect(cache.get("id")).rejects.toThrow();
      await until(() => cache.set("id", BYTES, MINUTE), 80_000);
      expect(await cache.get("id")).toEqual(BYTES);
    }, 90_000);

    it("calls reject by themselves if the Sentinels are silent", async () => {
      const sentinels = service.servers.filter(({ name }) => name.startsWith("sentinel"));
      for (const sentinel of sentinels) sentinel.pause();
      try {
        const cache = open(sentinelOptions(service));
        await expect(cache.get("id")).rejects.toThrow("not connected: the server was not ready");
        for (const sentinel of sentinels) sentinel.resume();
        await until(() => cache.set("id", BYTES, MINUTE));
      } finally {
        for (const sentinel of sentinels) sentinel.resume();
      }
    });
  });
}
