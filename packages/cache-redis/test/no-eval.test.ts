import { startProxy, startService } from "@lastgood/services";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type RedisCache, redisCache } from "../src/index.ts";
import { libraries, type Service } from "./support/shapes.ts";

const MINUTE = 60_000;
const BYTES = Buffer.from("the value");

let service: Service;
let admin: Redis;
let opened: { close?(): unknown }[];
beforeAll(async () => {
  service = await startService("redis");
  admin = new Redis(service.url);
});
afterAll(async () => {
  admin.disconnect();
  await service.stop();
});
beforeEach(async () => {
  opened = [];
  await admin.flushall();
  await admin.script("FLUSH");
  await admin.config("RESETSTAT");
});
afterEach(async () => {
  for (const cache of opened) await cache.close?.();
});

/** The cache of a user with these rules. */
async function cacheOf(...rules: string[]): Promise<RedisCache> {
  await admin.call("ACL", "SETUSER", "restricted", "reset", "on", ">secret", "~*", ...rules);
  const cache = redisCache(`redis://restricted:secret@127.0.0.1:${service.first.port}`);
  opened.push(cache);
  return cache;
}

async function expectOrder(cache: RedisCache): Promise<void> {
  for (const loadedAt of [1, 3, 2]) await cache.setUnlessNewer("id", Buffer.from(`value ${loadedAt}`), MINUTE, { loadedAt });
  expect(String(await cache.get("id"))).toBe("value 3");
  await cache.setUnlessNewer("id", Buffer.from("fresh"), MINUTE, { loadedAt: 3, freshUntil: 20 });
  await cache.setUnlessNewer("id", Buffer.from("a fallback"), MINUTE, { loadedAt: 3, unlessFreshAfter: 10 });
  expect(String(await cache.get("id"))).toBe("fresh");
}

const refusedCalls = async (command: string): Promise<number> =>
  Number(new RegExp(`cmdstat_${command}:.*rejected_calls=(\\d+)`).exec(await admin.info("commandstats"))?.[1] ?? 0);

it.each([[["+@all", "-eval", "-evalsha"]], [["+@all", "-evalsha"]], [["+@all", "-eval"]], [["+@all", "-@scripting"]], [["+get", "+set", "+del", "+info", "+select"]]])(
  "an older value does not replace a newer one for a Redis user with the rules %j",
  async (rules) => expectOrder(await cacheOf(...rules)),
);

it("a user without EVAL takes leases and gives them back, and no lease of anybody else", async () => {
  const cache = await cacheOf("+@all", "-eval", "-evalsha");
  const release = await cache.lease("id", MINUTE);
  expect(await cache.lease("id", MINUTE)).toBeUndefined();
  await release?.();
  const next = await cache.lease("id", MINUTE);
  expect(next).toBeDefined();
  await release?.();
  expect(await cache.lease("id", MINUTE)).toBeUndefined();
});

it("a user without EVAL is refused once, and is not asked to try again", async () => {
  const cache = await cacheOf("+@all", "-eval", "-evalsha");
  for (let loadedAt = 1; loadedAt <= 5; loadedAt++) await cache.setUnlessNewer("id", BYTES, MINUTE, { loadedAt });
  expect([await refusedCalls("evalsha"), await refusedCalls("eval")]).toEqual([1, 1]);
});

it("values of a user without EVAL are compared by processes that have it, expire, and replace foreign ones", async () => {
  const cache = await cacheOf("+@all", "-eval", "-evalsha");
  for (const spoil of [() => admin.lpush("lastgood:id", "x"), () => admin.set("lastgood:id", "x"), () => cache.set("id", BYTES, MINUTE)]) {
    await admin.del("lastgood:id");
    await spoil();
    await cache.setUnlessNewer("id", Buffer.from("ours"), MINUTE, { loadedAt: 2 });
    expect(String(await cache.get("id"))).toBe("ours");
  }
  expect(await admin.pttl("lastgood:id")).toBeGreaterThan(MINUTE - 10_000);
  const other = redisCache(service.url);
  opened.push(other);
  await other.setUnlessNewer("id", Buffer.from("older"), MINUTE, { loadedAt: 1 });
  expect(String(await cache.get("id"))).toBe("ours");
});

it("a user who may run scripts, but not GETRANGE in them, keeps the order", async () => {
  const cache = await cacheOf("+@all", "-getrange");
  await expectOrder(cache);
  expect(await refusedCalls("eval")).toBe(0);
});

it("a user who may not SET gets that error, and scripts are not taken for what is refused", async () => {
  const cache = await cacheOf("+@all", "-set");
  await expect(cache.setUnlessNewer("id", BYTES, MINUTE, { loadedAt: 1 })).rejects.toThrow(/NOPERM|can't run this command/);
  await admin.call("ACL", "SETUSER", "restricted", "+set");
  await cache.setUnlessNewer("id", BYTES, MINUTE, { loadedAt: 1 });
  expect(await admin.info("commandstats")).toMatch(/cmdstat_evalsha:calls=2/);
});

it("a user who may not read the keys gets that error from every call", async () => {
  const cache = await cacheOf("+@all", "resetkeys", "~other:*");
  await expect(cache.setUnlessNewer("id", BYTES, MINUTE, { loadedAt: 1 })).rejects.toThrow("NOPERM");
  await admin.call("ACL", "SETUSER", "restricted", "allkeys");
  await cache.setUnlessNewer("id", BYTES, MINUTE, { loadedAt: 1 });
  expect(await admin.info("commandstats")).toMatch(/cmdstat_eval:calls=1/);
});

describe("a proxy that refuses scripts", () => {
  it.each(["-ERR unknown command 'EVALSHA', with args beginning with: 'x'", "-ERR unsupported command 'evalsha'", "-ERR 'EVALSHA' command is not allowed", "-ERR 'evalsha' command not support for normal mode"])(
    "the refusal %j is understood",
    async (refusal) => {
      const proxy = await startProxy(service.first.port);
      const cache = redisCache(`redis://${proxy.host}:${proxy.port}`);
      opened.push(cache);
      await cache.get("id");
      proxy.replaceNext(() => Buffer.from(`${refusal}\r\n`));
      await cache.setUnlessNewer("id", BYTES, MINUTE, { loadedAt: 1 });
      expect(await cache.get("id")).toEqual(BYTES);
      await proxy.close();
    },
  );

  it("an error that is no refusal of scripts is passed on, and nothing is written without one", async () => {
    const proxy = await startProxy(service.first.port);
    const cache = redisCache(`redis://${proxy.host}:${proxy.port}`);
    opened.push(cache);
    await cache.get("id");
    for (const message of ["BUSY Redis is busy running a script", "LOADING Redis is loading the dataset in memory", "ERR max number of clients reached"]) {
      proxy.replaceNext(() => Buffer.from(`-${message}\r\n`));
      await expect(cache.setUnlessNewer("id", BYTES, MINUTE, { loadedAt: 1 })).rejects.toThrow(message);
    }
    await expectOrder(cache);
    await proxy.close();
  });
});

describe("clients of users", () => {
  it.each(libraries)("a client of $title without EVAL keeps the order", async ({ single }) => {
    const { client, end } = await single(service);
    await admin.call("ACL", "SETUSER", "default", "-eval", "-evalsha");
    try {
      await expectOrder(redisCache(client));
    } finally {
      await admin.call("ACL", "SETUSER", "default", "+eval", "+evalsha");
      end();
    }
  });
});
