import { Datastore } from "@lastgood/core";
import { memoryBackup } from "@lastgood/core/testing";
import { rejection, startProxy, startService } from "@lastgood/services";
import { Client } from "memjs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { memcachedCache } from "../src/index.ts";
import { SteadyClient } from "../src/steady-client.ts";
import { ask } from "./support/ask.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const MIB = 1_048_576;
const BYTES = Buffer.from("the value");

let service: Awaited<ReturnType<typeof startService>>;
beforeAll(async () => {
  service = await startService("memcached");
});
afterAll(() => service.stop());

describe("memcachedCache", () => {
  let cache: ReturnType<typeof memcachedCache>;
  beforeEach(async () => {
    await ask(service.first.port, "flush_all", "OK");
    cache = memcachedCache(service.url);
  });
  afterEach(() => cache.close?.());

  /** The remaining ttl in seconds, from the server. -1 means for ever. */
  const ttlOf = async (key: string): Promise<number> => Number(/HD t(-?\d+)/.exec(await ask(service.first.port, `mg ${key} t`, "\r\n"))?.[1]);

  it("memcachedCache stores a value under the prefix and its id", async () => {
    await cache.set("id", BYTES, MINUTE);
    expect(await ask(service.first.port, "get lastgood:id", "END")).toContain("the value");
    const other = memcachedCache(service.url, { prefix: "other/" });
    expect(await other.get("id")).toBeUndefined();
    await other.set("id", Buffer.from("another"), MINUTE);
    expect(await ask(service.first.port, "get other/id", "END")).toContain("another");
    expect(await cache.get("id")).toEqual(BYTES);
    await other.close?.();
  });

  it("memcachedCache accepts the longest prefix with the longest id", async () => {
    const prefix = "p".repeat(150);
    const long = memcachedCache(service.url, { prefix });
    await long.set("i".repeat(100), BYTES, MINUTE);
    expect(await long.get("i".repeat(100))).toEqual(BYTES);
    await long.close?.();
  });

  it("memcachedCache sends the ttl in whole seconds, rounded up, from 1 second to 30 days", async () => {
    const cases = [[Number.MIN_VALUE, 1], [0.4, 1], [999, 1], [MINUTE + 1, 61], [30 * DAY, 30 * 86_400], [30 * DAY + 1, 30 * 86_400], [Infinity, 30 * 86_400]] as const;
    for (const [ttl, seconds] of cases) {
      await cache.set("id", BYTES, ttl);
      const left = await ttlOf("lastgood:id");
      // A ttl of a second may be over before the look-up, but it is never -1.
      expect(left === seconds || left === seconds - 1 || (seconds === 1 && Number.isNaN(left)), `${ttl} ms became ${left} s`).toBe(true);
    }
  });

  it("gets of one turn and a deletion among them reach the server in the order in which they were asked for", async () => {
    await cache.set("a", BYTES, MINUTE);
    const [before, deletion, after] = [[cache.get("b"), cache.get("a")], cache.delete("a"), cache.get("a")];
    await deletion;
    expect(await Promise.all([...before, after])).toEqual([undefined, BYTES, undefined]);
  });

  it("a value over maxValueBytes is refused without being sent, and the value before it is deleted", async () => {
    const small = memcachedCache(service.url, { maxValueBytes: 10 });
    await small.set("id", Buffer.alloc(10, 1), MINUTE);
    await expect(small.set("id", Buffer.alloc(11, 2), MINUTE)).rejects.toThrow("the value has 11 bytes, more than maxValueBytes (10)");
    expect(await small.get("id")).toBeUndefined();
    await small.close?.();
  });

  it("a set rejects if the server finds the value too large, and the value before it is deleted", async () => {
    await cache.set("id", BYTES, MINUTE);
    // Within our limit, but over the server's, which counts the key too.
    await expect(cache.set("id", Buffer.alloc(MIB), MINUTE)).rejects.toThrow("Value too large");
    expect(await cache.get("id")).toBeUndefined();
    await cache.set("id", BYTES, MINUTE);
    expect(await cache.get("id")).toEqual(BYTES);
  });

  it("a value that is too large costs no other value", async () => {
    const values = Array.from({ length: 20 }, (_, index) => Buffer.alloc(index === 7 ? 3 * MIB : 100_000, index));
    const outcomes = await Promise.allSettled(values.map((value, index) => cache.set(`id-${index}`, value, MINUTE)));
    expect(outcomes.map(({ status }) => status)).toEqual(values.map((_, index) => (index === 7 ? "rejected" : "fulfilled")));
    for (const [index, value] of values.entries()) {
      const got = await cache.get(`id-${index}`);
      expect(index === 7 ? got === undefined : value.equals(got ?? BYTES)).toBe(true);
    }
  });

  it("memcachedCache reads many large values at once, each whole", async () => {
    const values = Array.from({ length: 50 }, (_, index) => Buffer.alloc(200_000 + index, index));
    await Promise.all(values.map((value, index) => cache.set(`id-${index}`, value, MINUTE)));
    const read = await Promise.all(values.map((_, index) => cache.get(`id-${index}`)));
    for (const [index, value] of values.entries()) expect(value.equals(read[index] ?? BYTES)).toBe(true);
  });

  it("memcachedCache connects with the first call, and calls reject after close", async () => {
    const proxy = await startProxy(service.first.port);
    const own = memcachedCache(`${proxy.host}:${proxy.port}`);
    await cache.get("id");
    expect(proxy.connections).toBe(0);
    await own.get("id");
    expect(proxy.current).toBe(1);
    await own.close?.();
    await own.close?.();
    await expect.poll(() => proxy.current).toBe(0);
    for (const call of [() => own.get("id"), () => own.set("id", BYTES, MINUTE), () => own.delete("id")]) {
      await expect(call()).rejects.toThrow("this cache has been closed");
    }
    await proxy.close();
  });

  it("memcachedCache leaves a client of the user open", async () => {
    const client = Client.create(service.url.replace("memcached://", ""));
    const theirs = memcachedCache(client);
    await theirs.set("id", BYTES, MINUTE);
    await theirs.close?.();
    await theirs.close?.();
    expect(String((await client.get("lastgood:id")).value)).toBe(`${"0".repeat(32)}the value`);
    client.close();
  });

  it("memcachedCache still works after more calls than 32 bits can number", async () => {
    // Starts just before the sequence number overflows, which would otherwise take billions of calls.
    for (const start of [2 ** 31 - 3, 2 ** 32 - 3]) {
      const client = new SteadyClient({ addresses: [{ host: service.first.host, port: service.first.port }], credentials: undefined });
      Object.assign(client, { seq: start });
      for (let call = 0; call < 6; call++) expect(await client.set("id", BYTES)).toBe(true);
      client.close();
    }
  });
});

describe("setUnlessNewer", () => {
  let caches: ReturnType<typeof memcachedCache>[];
  beforeEach(async () => {
    await ask(service.first.port, "flush_all", "OK");
    caches = Array.from({ length: 8 }, () => memcachedCache(service.url));
  });
  afterEach(() => {
    for (const cache of caches) void cache.close?.();
  });
  const keep = (cache: ReturnType<typeof memcachedCache>, id: string, text: string, loadedAt: number) => cache.setUnlessNewer?.(id, Buffer.from(text), MINUTE, { loadedAt });
  const textOf = async (cache: ReturnType<typeof memcachedCache>, id: string): Promise<string> => String(await cache.get(id));

  it("setUnlessNewer leaves the value with the latest load, whatever the order of writes", async () => {
    const [cache = memcachedCache(service.url)] = caches;
    for (const order of [[1, 2, 3], [3, 2, 1], [2, 3, 1]]) {
      await cache.delete("id");
      for (const loadedAt of order) await keep(cache, "id", `value ${loadedAt}`, loadedAt);
      expect(await textOf(cache, "id")).toBe("value 3");
    }
  });

  it("setUnlessNewer leaves the later of two writes with one loadedAt, and tells all stamps apart", async () => {
    const [cache = memcachedCache(service.url)] = caches;
    const greatest = Number.MAX_SAFE_INTEGER;
    for (const [text, loadedAt] of [["first", greatest], ["second", greatest], ["older", greatest - 1]] as const) await keep(cache, "id", text, loadedAt);
    expect(await textOf(cache, "id")).toBe("second");
  });

  it("setUnlessNewer leaves the newest value when many clients write at once", async () => {
    for (let round = 0; round < 20; round++) {
      const id = `id-${round}`;
      await Promise.all(caches.flatMap((cache, index) => [0, 8, 16].map((offset) => keep(cache, id, String(index + offset), index + offset + 1))));
      expect(await textOf(caches[0] ?? memcachedCache(service.url), id)).toBe("23");
    }
  });

  it("setUnlessNewer replaces values of set and foreign values, and set replaces its values", async () => {
    const [cache = memcachedCache(service.url)] = caches;
    await cache.set("id", BYTES, MINUTE);
    await keep(cache, "id", "ours", 0);
    expect(await textOf(cache, "id")).toBe("ours");
    await ask(service.first.port, "set lastgood:id 0 60 1\r\nx", "STORED");
    await keep(cache, "id", "ours", 9);
    expect(await textOf(cache, "id")).toBe("ours");
    await cache.set("id", BYTES, MINUTE);
    expect(await cache.get("id")).toEqual(BYTES);
  });

  it("setUnlessNewer refuses a value that is too large, and deletes the one before it unless that is newer", async () => {
    for (const [loadedAt, left] of [[5, undefined], [3, BYTES]] as const) {
      const small = memcachedCache(service.url, { maxValueBytes: 10 });
      await small.setUnlessNewer?.("id", BYTES, MINUTE, { loadedAt: 4 });
      await expect(small.setUnlessNewer?.("id", Buffer.alloc(11), MINUTE, { loadedAt })).rejects.toThrow("more than maxValueBytes (10)");
      expect(await small.get("id")).toEqual(left);
      await small.close?.();
    }
    const [cache = memcachedCache(service.url)] = caches;
    await expect(cache.setUnlessNewer?.("id", Buffer.alloc(MIB), MINUTE, { loadedAt: 9 })).rejects.toThrow("Value too large");
  });

  it("setUnlessNewer refuses a value that is too large also where there is none before it", async () => {
    const small = memcachedCache(service.url, { maxValueBytes: 10 });
    await expect(small.setUnlessNewer?.("id", Buffer.alloc(11), MINUTE, { loadedAt: 1 })).rejects.toThrow("more than maxValueBytes (10)");
    await small.close?.();
  });

  it("a value that was written since the look at its version is not deleted", async () => {
    const { host, port } = service.first;
    const client = new SteadyClient({ addresses: [{ host, port }], credentials: undefined });
    await client.setIfUnchanged("id", Buffer.from("older"), 60, undefined);
    const older = await client.getVersioned("id");
    await client.setIfUnchanged("id", Buffer.from("newer"), 60, older?.version);
    expect(await client.deleteIfUnchanged("id", older?.version ?? Buffer.alloc(8))).toBe(false);
    expect(String((await client.getVersioned("id"))?.value)).toBe("newer");
    client.close();
  });

  it("a late fallback of one process does not replace a newer answer of another", async () => {
    const [first = memcachedCache(service.url), second = memcachedCache(service.url)] = caches;
    const backup = memoryBackup();
    const [late, fresh] = [first, second].map((cache) => new Datastore({ cache, backup }));
    const failing = () => Promise.reject(new Error("down"));
    for (let round = 0; round < 50; round++) {
      const key = `key ${round}`;
      await fresh?.set(key, "old", 0); // only in the backup
      await Promise.all([late?.get(key, failing, "1m"), fresh?.set(key, "new", "1m")]);
      expect(await fresh?.getResult(key, () => "unused", "1m")).toMatchObject({ value: "new", source: "cache" });
    }
    await Promise.all([late?.close(), fresh?.close()]);
  });
});

describe("wrong arguments", () => {
  it.each([
    [undefined, TypeError, "; got undefined"],
    [11211, TypeError, "; got 11211"],
    [{ get: () => undefined }, TypeError, "; got an object"],
    [[11211], TypeError, "memcachedCache: server must be a string"],
    [["a,b"], TypeError, "memcachedCache: server must be a string"],
    [[], RangeError, "the host of the URL must be"],
    ["", RangeError, "the host of the URL must be"],
    ["a:0", RangeError, "the port of the URL must be a whole number from 1 to 65535"],
    ["a:65536", RangeError, "the port of the URL must be a whole number from 1 to 65535"],
    ["a:x", RangeError, "the port of the URL must be a whole number from 1 to 65535"],
    ["a b", RangeError, "without spaces"],
    ["a,,b", RangeError, "the host of the URL must be"],
    ["memcached://a/0", RangeError, "the path of the URL must be empty: Memcached has no databases"],
    ["memcached://user@a", RangeError, "the user name of the URL must be given together with a password"],
    ["redis://a", RangeError, "memcachedCache: the scheme of the URL must be memcached://; got another"],
  ])("memcachedCache throws at once for the wrong argument %o", (memcached, kind, message) => {
    // Wrong on purpose.
    const call = () => memcachedCache(memcached as unknown as string);
    expect(call).toThrow(kind);
    expect(call).toThrow(message);
  });

  it.each([
    [{ prefix: 1 }, TypeError, "prefix must be a string"],
    [{ prefix: "a b" }, RangeError, "prefix must be at most 150 characters"],
    [{ prefix: "a".repeat(151) }, RangeError, "prefix must be at most 150 characters"],
    [{ maxValueBytes: "1" }, TypeError, "maxValueBytes must be a whole number"],
    [{ maxValueBytes: 0 }, RangeError, "maxValueBytes must be a whole number"],
    [null, TypeError, "options must be an object"],
  ])("memcachedCache throws at once for the wrong options %o", (options, kind, message) => {
    const call = () => memcachedCache("localhost", options as unknown as object);
    expect(call).toThrow(kind);
    expect(call).toThrow(message);
  });

  it("memcachedCache.fromUrl refuses a URL without //, which would name no server", () => {
    expect(() => memcachedCache.fromUrl({ scheme: "memcached", location: "11211", options: {} })).toThrow("the scheme of the URL must be memcached://");
  });

  it("memcachedCache.fromUrl takes a number for a prefix", () => {
    expect(memcachedCache.fromUrl({ scheme: "memcached", location: "//a", options: { prefix: 7 } }).name).toBe("memcached");
  });

  it("errors about wrong arguments of memcachedCache show no password", async () => {
    for (const url of ["http://user:hush@a", "memcached://user:hush@a:x", "user:hush@a b"]) {
      const error = await rejection(async () => memcachedCache(url));
      expect(error).toBeInstanceOf(RangeError);
      expect(String(error)).not.toContain("hush");
    }
  });
});

it("memcachedCache accepts every notation for servers", async () => {
  const { host, port } = service.first;
  for (const servers of [`${host}:${port}`, [`${host}:${port}`], `memcached://${host}:${port}/`, new URL(`memcached://${host}:${port}`), ` ${host}:${port} `]) {
    const cache = memcachedCache(servers);
    await cache.set("id", BYTES, MINUTE);
    expect(await cache.get("id")).toEqual(BYTES);
    await cache.close?.();
  }
});
