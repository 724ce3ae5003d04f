import { inspect } from "node:util";
import { Datastore } from "@lastgood/core";
import { memoryBackup } from "@lastgood/core/testing";
import { rejection, startProxy, startService, until } from "@lastgood/services";
import { Redis } from "ioredis";
import * as redis6 from "redis";
import * as redis5 from "redis5";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { redisCache } from "../src/index.ts";
import { untilCacheIsUsed } from "./support/in-use.ts";
import { type IdleClient, type Library, libraries, type Service } from "./support/shapes.ts";

const MINUTE = 60_000;
const BYTES = Buffer.from("the value");
const EVERY_BYTE = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

/** Longer than a test. */
const NEVER = 60_000;

describe.each(["redis", "valkey"])("%s-server", (server) => {
  let service: Service;
  let proxy: Awaited<ReturnType<typeof startProxy>>;
  let admin: Redis;
  beforeAll(async () => {
    service = await startService(server);
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

  describe.each(libraries)("a client of the user's, $title", ({ idle }: Library) => {
    let opened: IdleClient[];
    beforeEach(() => {
      opened = [];
    });
    afterEach(() => {
      for (const { end } of opened) end();
    });

    const make = (reconnectMs?: number): IdleClient => {
      const made = idle(proxy.port, reconnectMs);
      opened.push(made);
      return made;
    };
    const connected = async (reconnectMs?: number) => {
      const made = make(reconnectMs);
      await made.connect();
      return { ...made, cache: redisCache(made.client) };
    };

    it("a client of the user stays open when its cache is closed, and gets no listeners", async () => {
      const made = make();
      await made.connect();
      const before = made.listeners();
      const cache = redisCache(made.client);
      await cache.set("id", BYTES, MINUTE);
      await cache.getMany(["id", "other"]);
      await cache.close?.();
      await cache.close?.();
      expect(await made.ping()).toBe("PONG");
      expect(made.listeners()).toBe(before);
    });

    it("values come back byte for byte, one by one and together", async () => {
      const { cache } = await connected();
      await cache.set("set", EVERY_BYTE, MINUTE);
      await cache.setUnlessNewer("newer", EVERY_BYTE, MINUTE, { loadedAt: 1 });
      for (const id of ["set", "newer"]) expect(EVERY_BYTE.equals((await cache.get(id)) ?? BYTES)).toBe(true);
      const found = await cache.getMany(["set", "nothing", "newer"]);
      expect(found.map((bytes) => bytes && Buffer.from(bytes))).toEqual([EVERY_BYTE, undefined, EVERY_BYTE]);
    });

    it("the older of two loads does not replace the newer, also on a server that does not know the script", async () => {
      const { cache } = await connected();
      for (const loadedAt of [2, 1]) {
        await admin.script("FLUSH");
        await cache.setUnlessNewer("id", Buffer.from(`value ${loadedAt}`), MINUTE, { loadedAt });
      }
      expect(String(await cache.get("id"))).toBe("value 2");
    });

    it("every key expires, after the ttl in milliseconds", async () => {
      const { cache } = await connected();
      await cache.set("set", BYTES, 12_345.6);
      await cache.setUnlessNewer("newer", BYTES, 12_345.6, { loadedAt: 1 });
      for (const key of ["lastgood:set", "lastgood:newer"]) {
        const left = await admin.pttl(key);
        expect(left).toBeGreaterThan(11_000);
        expect(left).toBeLessThanOrEqual(12_346);
      }
    });

    it("calls reject at once while the client waits for a server that is away, and none is sent later", async () => {
      const { cache, isReady } = await connected(NEVER);
      await cache.get("id");
      await proxy.close();
      try {
        await until(async () => expect(isReady()).toBe(false));
        for (const call of [() => cache.get("id"), () => cache.getMany(["id"]), () => cache.set("id", BYTES, MINUTE), () => cache.delete("id")]) {
          await expect(call()).rejects.toThrow("not connected: the client");
        }
      } finally {
        await proxy.open();
      }
      expect(await admin.dbsize()).toBe(0);
    });

    it("calls succeed again after the connection was reset, with the same client", async () => {
      const { cache } = await connected();
      await cache.set("id", BYTES, MINUTE);
      proxy.stall();
      // A client may send a command again on its new connection.
      const asked = Promise.allSettled([cache.get("id")]);
      proxy.reset();
      proxy.flow();
      await asked;
      expect(await until(() => cache.get("id"))).toEqual(BYTES);
    });

    it("calls succeed again after the server was killed and restarted", async () => {
      const { cache } = await connected();
      await cache.set("id", BYTES, MINUTE);
      await service.first.kill();
      await service.first.start();
      expect(await until(() => cache.get("id"))).toBeUndefined();
      await cache.setUnlessNewer("id", BYTES, MINUTE, { loadedAt: 1 });
      expect(await cache.get("id")).toEqual(BYTES);
    });

    it("a value whose answer is cut off is never read in part", async () => {
      const { cache } = await connected();
      const large = Buffer.alloc(1_000_000, "x");
      await cache.set("id", large, MINUTE);
      proxy.cutAfter(500_000);
      const [cut] = await Promise.allSettled([cache.get("id")]);
      expect(cut.status === "rejected" || large.equals(cut.value ?? BYTES)).toBe(true);
      expect(large.equals((await until(() => cache.get("id"))) ?? BYTES)).toBe(true);
    });

    it("each fault of the server is an error that says which", async () => {
      const { cache } = await connected();
      await cache.set("id", BYTES, MINUTE);
      await admin.lpush("lastgood:list", "none of ours");
      await expect(cache.get("list")).rejects.toThrow("WRONGTYPE");
      await admin.config("SET", "maxmemory", "1", "maxmemory-policy", "noeviction");
      try {
        await expect(cache.set("other", BYTES, MINUTE)).rejects.toThrow("OOM");
        await expect(cache.setUnlessNewer("other", BYTES, MINUTE, { loadedAt: 1 })).rejects.toThrow("OOM");
        expect(await cache.get("id")).toEqual(BYTES);
      } finally {
        await admin.config("SET", "maxmemory", "0");
      }
      await admin.replicaof("127.0.0.1", 1);
      try {
        await expect(until(() => cache.set("id", BYTES, MINUTE), 100)).rejects.toThrow("READONLY");
      } finally {
        await admin.replicaof("NO", "ONE");
      }
      await until(() => cache.set("id", BYTES, MINUTE));
    });

    it("reads go one by one if the user may not call MGET", async () => {
      const { cache } = await connected();
      await cache.set("id", BYTES, MINUTE);
      await admin.call("ACL", "SETUSER", "default", "-mget");
      try {
        for (let round = 0; round < 2; round++) expect(await cache.getMany(["id", "nothing"])).toEqual([BYTES, undefined]);
      } finally {
        await admin.call("ACL", "SETUSER", "default", "+mget");
      }
    });

    it("errors carry no value, no command and no cause", async () => {
      const { cache } = await connected();
      await admin.call("ACL", "SETUSER", "default", "-set");
      try {
        const error = await rejection(() => cache.set("id", Buffer.from("private-value"), MINUTE));
        expect(error).toMatchObject({ message: expect.stringContaining("NOPERM") });
        expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("private-value");
        expect(Object.getOwnPropertyNames(error).toSorted()).toEqual(["message", "stack"]);
      } finally {
        await admin.call("ACL", "SETUSER", "default", "+set");
      }
    });

    it("Datastore answers from the loader within its deadline while the server is silent, and from the cache afterwards", async () => {
      const { cache } = await connected();
      const datastore = new Datastore({ cache, backup: memoryBackup(), cacheTimeout: 300 });
      const failed: string[] = [];
      datastore.on("cacheFailed", ({ operation }) => failed.push(operation));
      await until(async () => expect(await datastore.getResult("key", () => "before")).toMatchObject({ source: "cache" }));
      service.first.pause();
      try {
        expect(await datastore.get("key", () => "meanwhile")).toBe("meanwhile");
        expect(failed[0]).toBe("get");
      } finally {
        service.first.resume();
      }
      await untilCacheIsUsed(datastore);
      await datastore.close();
    });
  });
});

describe("clients before their first connection", () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService("redis");
  });
  afterAll(() => service.stop());

  it.each(libraries.filter(({ title }) => title.startsWith("io")))("a client of $title may connect with its first command", async ({ idle }) => {
    const { client, end } = idle(service.first.port);
    expect(await redisCache(client).get("id")).toBeUndefined();
    end();
  });

  it.each(libraries.filter(({ title }) => title.startsWith("node-redis")))("a client of $title that is not open makes calls reject at once, and works once it is connected", async ({ idle }) => {
    const { client, connect, end } = idle(service.first.port);
    const cache = redisCache(client);
    await expect(cache.get("id")).rejects.toThrow("not connected: the client is not open; await its connect()");
    const connecting = connect();
    await expect(cache.get("id")).rejects.toThrow("not connected: the client is not ready yet, or reconnects");
    await connecting;
    expect(await cache.get("id")).toBeUndefined();
    end();
  });

  it.each([
    ["5", (url: string) => redis5.createClientPool({ url })],
    ["6", (url: string) => redis6.createClientPool({ url })],
  ])("a pool of node-redis %s works as a client does, and is not closed", async (_, createPool) => {
    const pool = createPool(service.url);
    pool.on("error", () => {});
    await pool.connect();
    const cache = redisCache(pool);
    await cache.setUnlessNewer("id", EVERY_BYTE, MINUTE, { loadedAt: 2 });
    await cache.setUnlessNewer("id", BYTES, MINUTE, { loadedAt: 1 });
    const found = await cache.getMany(["id", "nothing"]);
    expect(found.map((bytes) => bytes && Buffer.from(bytes))).toEqual([EVERY_BYTE, undefined]);
    await cache.close?.();
    expect(await pool.ping()).toBe("PONG");
    pool.destroy();
  });
});
