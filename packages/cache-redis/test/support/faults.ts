import { randomBytes } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { inspect } from "node:util";
import { Datastore, DatastoreError } from "@lastgood/core";
import { memoryBackup } from "@lastgood/core/testing";
import { rejection, startProxy, startService, until } from "@lastgood/services";
import type * as ioredis from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type RedisCache, redisCache } from "../../src/index.ts";
import { sentinelOptions, type Service, tlsOptions } from "./shapes.ts";

const MINUTE = 60_000;
const BYTES = Buffer.from("the value");

/** What a cache does while its server does what servers do, with whichever ioredis it was built on. */
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

    it("makes the first command of a healthy start succeed", async () => {
      await open(service.url).set("id", BYTES, MINUTE);
      expect(await open(service.url).get("id")).toEqual(BYTES);
    });

    it("waits for no answer before it sends the next call: a thousand at once are few reads for the server", async () => {
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

    it("connects with the first call, and not before", async () => {
      const before = proxy.connections;
      const cache = openByProxy();
      await admin.ping();
      expect(proxy.connections).toBe(before);
      await cache.get("id");
      expect(proxy.connections).toBe(before + 1);
    });

    it("rejects while nobody listens, and works once somebody does, in the same process", async () => {
      await proxy.close();
      const cache = openByProxy();
      await expect(cache.get("id")).rejects.toThrow();
      await expect(cache.set("id", BYTES, MINUTE)).rejects.toThrow("not connected: connect ECONNREFUSED");
      await proxy.open();
      await until(() => cache.set("id", BYTES, MINUTE));
      expect(await cache.get("id")).toEqual(BYTES);
    });

    it("does not send later what failed while the server was away", async () => {
      const cache = openByProxy();
      await cache.get("id");
      await proxy.close();
      await expect(cache.set("id", BYTES, MINUTE)).rejects.toThrow();
      await expect(cache.set("id", BYTES, MINUTE)).rejects.toThrow();
      await proxy.open();
      expect(await until(() => cache.get("id"))).toBeUndefined();
    });

    it("works again after the server was killed and restarted", async () => {
      const cache = open(service.url);
      await cache.set("id", BYTES, MINUTE);
      await service.first.kill();
      await expect(cache.get("id")).rejects.toThrow();
      await service.first.start();
      expect(await until(() => cache.get("id"))).toBeUndefined();
      await cache.setUnlessNewer("id", BYTES, MINUTE, { loadedAt: 1 });
      expect(await cache.get("id")).toEqual(BYTES);
    });

    it("rejects by itself while the server is silent, at once when that is known, and recovers", async () => {
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

    it("rejects by itself when the server takes the connection and never says a word", async () => {
      proxy.stall();
      const cache = openByProxy();
      await expect(cache.get("id")).rejects.toThrow();
      await expect(cache.get("id")).rejects.toThrow("not connected");
      proxy.flow();
      expect(await until(() => cache.get("id"))).toBeUndefined();
    });

    it("rejects what was cut off in the middle of its answer, and reads it whole afterwards", async () => {
      const cache = openByProxy();
      const large = Buffer.alloc(1_000_000, "x");
      await cache.set("id", large, MINUTE);
      proxy.cutAfter(500_000);
      await expect(cache.get("id")).rejects.toThrow();
      expect(large.equals((await until(() => cache.get("id"))) ?? BYTES)).toBe(true);
    });

    it("rejects when the connection is reset, and reconnects", async () => {
      const cache = openByProxy();
      await cache.set("id", BYTES, MINUTE);
      proxy.stall();
      const asked = cache.get("id");
      proxy.reset();
      proxy.flow();
      await expect(asked).rejects.toThrow();
      expect(await until(() => cache.get("id"))).toEqual(BYTES);
    });

    it("rejects what is not an answer of Redis, and recovers", async () => {
      const cache = openByProxy();
      await cache.set("id", BYTES, MINUTE);
      proxy.replaceNext(() => Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"));
      await expect(cache.get("id")).rejects.toThrow();
      expect(await until(() => cache.get("id"))).toEqual(BYTES);
    });

    it("rejects while the server loads its data, whether it was connected before or not", async () => {
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

    it("rejects a set on a read-only replica, reads from it, and writes again once it is no replica", async () => {
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

    it("connects anew at the first READONLY, because a failover may have moved the name of the server", async () => {
      const cache = openByProxy();
      await cache.get("id");
      const before = proxy.connections;
      await admin.replicaof("127.0.0.1", 1);
      try {
        await expect(cache.set("id", BYTES, MINUTE)).rejects.toThrow("READONLY");
        await until(() => cache.get("id"));
        expect(proxy.connections).toBe(before + 1);
        // A replica that was meant: not at every write.
        await expect(cache.set("id", BYTES, MINUTE)).rejects.toThrow("READONLY");
        await cache.get("id");
        expect(proxy.connections).toBe(before + 1);
      } finally {
        await admin.replicaof("NO", "ONE");
      }
    });

    it("rejects a set for which the server has no memory, and still reads", async () => {
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

    it("rejects a get of what is of another type, and set takes its place", async () => {
      const cache = open(service.url);
      for (const set of [() => cache.set("id", BYTES, MINUTE), () => cache.setUnlessNewer("id", BYTES, MINUTE, { loadedAt: 1 })]) {
        await admin.del("lastgood:id");
        await admin.hset("lastgood:id", "field", "value");
        await expect(cache.get("id")).rejects.toThrow("WRONGTYPE");
        await set();
        expect(await cache.get("id")).toEqual(BYTES);
      }
    });

    it("has forgotten everything after FLUSHALL, and works on", async () => {
      const cache = open(service.url);
      await cache.set("id", BYTES, MINUTE);
      await cache.setUnlessNewer("other", BYTES, MINUTE, { loadedAt: 1 });
      await admin.flushall();
      await admin.script("FLUSH");
      expect(await cache.get("id")).toBeUndefined();
      await cache.setUnlessNewer("id", BYTES, MINUTE, { loadedAt: 1 });
      expect(await cache.get("id")).toEqual(BYTES);
    });

    it("rejects every call, and takes no other database, where the server has none of that number", async () => {
      for (const redis of [`${service.url}/99`, { host: service.first.host, port: service.first.port, db: 99 }]) {
        const cache = open(redis);
        for (let call = 0; call < 3; call++) await expect(cache.set("id", BYTES, MINUTE)).rejects.toThrow("not connected: ERR DB index is out of range");
        expect(await admin.dbsize()).toBe(0);
      }
    });

    it("uses the database of a URL and no other", async () => {
      const cache = open(`${service.url}/3`);
      await cache.set("id", BYTES, MINUTE);
      expect([await admin.dbsize(), await admin.info("keyspace")]).toEqual([0, expect.stringContaining("db3:keys=1")]);
    });

    it("rejects what the user of the server may not do, and says what that is", async () => {
      await admin.call("ACL", "SETUSER", "reader", "on", ">hush-hush", "~*", "+@read", "+info", "+hello");
      const cache = open(`redis://reader:hush-hush@${service.first.host}:${service.first.port}`);
      expect(await cache.get("id")).toBeUndefined();
      await expect(cache.set("id", BYTES, MINUTE)).rejects.toThrow(/NOPERM.*set/);
    });

    it("lets Datastore answer from the loader, within its deadline, whatever the server does", async () => {
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
        await until(async () => {
          await datastore.get("other", () => "after");
          expect(await datastore.getResult("other", () => "after")).toMatchObject({ source: "cache" });
        });
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

    it("rejects a wrong password, and shows no password", async () => {
      const cache = open({ ...tlsOptions(service), password: "a-wrong-password" });
      for (let attempt = 0; attempt < 2; attempt++) {
        const error = await rejection(() => cache.get("id"));
        expect(error).toMatchObject({ message: expect.stringContaining("WRONGPASS") });
        expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("a-wrong-password");
      }
    });

    it("rejects without a password", async () => {
      const cache = open({ ...tlsOptions(service), password: undefined });
      await expect(cache.get("id")).rejects.toThrow("NOAUTH");
    });

    it("rejects a certificate that nobody vouches for", async () => {
      const cache = open(service.url);
      await expect(cache.get("id")).rejects.toThrow();
      await expect(cache.get("id")).rejects.toThrow("not connected: self-signed certificate");
    });

    it("rejects where the server speaks TLS and the client does not", async () => {
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

    it("loses a master, rejects at worst, and works again by itself", async () => {
      const cache = open(service.url);
      const ids = Array.from({ length: 60 }, (_, index) => `id-${index}`);
      const setAll = () => Promise.all(ids.map((id) => cache.set(id, BYTES, MINUTE)));
      await setAll();
      await service.server("node1").kill();
      await until(setAll, 80_000);
      expect((await Promise.all(ids.map((id) => cache.get(id)))).every((value) => BYTES.equals(value ?? Buffer.of()))).toBe(true);
    }, 90_000);

    it("rejects when none of it is left", async () => {
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

    it("promote the replica of a master that died, and the cache follows", async () => {
      const cache = open(sentinelOptions(service));
      await cache.set("id", BYTES, MINUTE);
      await service.server("primary").kill();
      await expect(cache.get("id")).rejects.toThrow();
      await until(() => cache.set("id", BYTES, MINUTE), 80_000);
      expect(await cache.get("id")).toEqual(BYTES);
    }, 90_000);

    it("are silent: the cache rejects by itself", async () => {
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
