import { execFileSync } from "node:child_process";
import { inspect } from "node:util";
import { Datastore } from "@lastgood/core";
import { memoryBackup } from "@lastgood/core/testing";
import { rejection, startProxy, startService, until } from "@lastgood/services";
import { Client } from "memjs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { memcachedCache } from "../src/index.ts";
import { ask } from "./support/ask.ts";

type Service = Awaited<ReturnType<typeof startService>>;
type Proxy = Awaited<ReturnType<typeof startProxy>>;

const MINUTE = 60_000;
const BYTES = Buffer.from("the value");
const LARGE = Buffer.alloc(500_000, "x");

let opened: ReturnType<typeof memcachedCache>[];
beforeEach(() => {
  opened = [];
});
afterEach(async () => {
  for (const cache of opened) await cache.close?.();
});
const open = (...args: Parameters<typeof memcachedCache>): ReturnType<typeof memcachedCache> => {
  const cache = memcachedCache(...args);
  opened.push(cache);
  return cache;
};

/** Blocks this process until the server has answered somebody else, who asked later. */
function untilAnswered(port: number): void {
  execFileSync(process.execPath, ["-e", `require("net").connect(${port}, "127.0.0.1").end("version\\r\\n").on("data", () => process.exit())`]);
}

describe("a single server", () => {
  let service: Service;
  let proxy: Proxy;
  let address: string;
  beforeAll(async () => {
    service = await startService("memcached");
    proxy = await startProxy(service.first.port);
    address = `${proxy.host}:${proxy.port}`;
  });
  afterAll(async () => {
    await proxy.close();
    await service.stop();
  });
  beforeEach(() => ask(service.first.port, "flush_all", "OK"));

  it("calls reject while nobody listens, and succeed once somebody does, in the same process", async () => {
    await proxy.close();
    const cache = open(address);
    await expect(cache.get("id")).rejects.toThrow("ECONNREFUSED");
    await expect(cache.set("id", BYTES, MINUTE)).rejects.toThrow("not asked, because it is away: connect ECONNREFUSED");
    await proxy.open();
    await until(() => cache.set("id", BYTES, MINUTE));
    expect(await cache.get("id")).toEqual(BYTES);
  });

  it("a process that was frozen takes the answer that has come in meanwhile", async () => {
    const cache = open(service.url);
    await cache.set("id", BYTES, MINUTE);
    const realTimeout = setTimeout;
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    await new Promise((resolve) => void realTimeout(resolve));
    const asking = cache.get("id");
    // The request is sent in the next tick. Nothing is read before the ticks and timers of this turn are over.
    await new Promise<void>((resolve) => process.nextTick(resolve));
    untilAnswered(service.first.port);
    vi.advanceTimersByTime(2_000);
    expect(await asking).toEqual(BYTES);
  });

  it("calls succeed again after the server was killed and restarted", async () => {
    const cache = open(service.url);
    await cache.set("id", BYTES, MINUTE);
    await service.first.kill();
    await until(() => expect(cache.get("id")).rejects.toThrow("ECONNREFUSED"));
    await service.first.start();
    expect(await until(() => cache.get("id"))).toBeUndefined();
  });

  it("all calls reject by themselves while the server is silent, then at once, and recover", async () => {
    const cache = open(service.url);
    await cache.set("id", BYTES, MINUTE);
    service.first.pause();
    try {
      // A server thread that has not stopped yet may answer the first call.
      const outcomes = await Promise.allSettled(Array.from({ length: 1_000 }, () => cache.get("id")));
      expect(outcomes.some(({ status }) => status === "rejected")).toBe(true);
      await expect(cache.get("id")).rejects.toThrow("not asked, because it is away: ");
    } finally {
      service.first.resume();
    }
    expect(await until(() => cache.get("id"))).toEqual(BYTES);
  });

  it("one call tries while the server is away, and the others fail at once", async () => {
    const cache = open(address);
    await cache.get("id");
    proxy.stall();
    await rejection(() => cache.get("id"));
    const before = proxy.connections;
    // Until the pause is over and a connection attempt has been made.
    await until(async () => {
      void rejection(() => cache.get("id"));
      await ask(service.first.port, "version", "VERSION");
      expect(proxy.connections).toBe(before + 1);
    });
    const errors = await Promise.all(Array.from({ length: 100 }, () => rejection(() => cache.get("id"))));
    for (const error of errors) expect(String(error)).toContain(`not asked, because it is away: ${address} said nothing`);
    expect(proxy.connections).toBe(before + 1);
    proxy.flow();
    expect(await until(() => cache.get("id"))).toBeUndefined();
  });

  it("waiting calls reject if the connection is closed", async () => {
    const cache = open(address);
    await cache.set("id", BYTES, MINUTE);
    proxy.stall();
    const asked = rejection(() => cache.get("id"));
    proxy.cut();
    proxy.flow();
    expect(await asked).toBeInstanceOf(Error);
    expect(await until(() => cache.get("id"))).toEqual(BYTES);
  });

  it("waiting calls reject if the connection is reset", async () => {
    const cache = open(address);
    await cache.set("id", BYTES, MINUTE);
    proxy.stall();
    const asked = rejection(() => cache.get("id"));
    proxy.reset();
    proxy.flow();
    expect(await asked).toBeInstanceOf(Error);
    expect(await until(() => cache.get("id"))).toEqual(BYTES);
  });

  it("a get whose answer is cut off rejects, and the next ones read whole values", async () => {
    const cache = open(address);
    await cache.set("large", LARGE, MINUTE);
    await cache.set("id", BYTES, MINUTE);
    proxy.cutAfter(250_000);
    await expect(cache.get("large")).rejects.toThrow("closed the connection");
    expect(await until(() => cache.get("id"))).toEqual(BYTES);
    expect(LARGE.equals((await cache.get("large")) ?? BYTES)).toBe(true);
  });

  it("calls reject if the server has no room for a connection, and recover", async () => {
    const cache = open(address);
    await cache.set("id", BYTES, MINUTE);
    proxy.replaceNext(() => Buffer.from("ERROR Too many open connections\r\n"));
    await expect(cache.get("id")).rejects.toThrow("has no room for another connection");
    expect(await until(() => cache.get("id"))).toEqual(BYTES);
  });

  it.each([
    ["the number of the call", 15],
    ["the length of the key", 3],
  ])("an answer with a flipped bit in %s rejects, and the cache recovers", async (_, offset) => {
    const cache = open(address);
    await cache.set("id", BYTES, MINUTE);
    proxy.replaceNext((reply) => {
      const flipped = Buffer.from(reply);
      flipped[offset] = (flipped[offset] ?? 0) ^ 0x40;
      return flipped;
    });
    await expect(cache.get("id")).rejects.toThrow();
    expect(await until(() => cache.get("id"))).toEqual(BYTES);
  });

  it("the cache is empty after flush_all, and works on", async () => {
    const cache = open(service.url);
    await cache.set("id", BYTES, MINUTE);
    await ask(service.first.port, "flush_all", "OK");
    expect(await cache.get("id")).toBeUndefined();
    await cache.set("id", BYTES, MINUTE);
    expect(await cache.get("id")).toEqual(BYTES);
  });

  it("Datastore answers from the loader within its deadline, whatever the Memcached server does", async () => {
    // The user's client has promises that never settle if the connection is cut.
    const client = Client.create(address, { logger: { log: () => undefined } });
    for (const memcached of [address, client]) {
      for (const disturb of [() => proxy.close(), () => proxy.stall(), () => proxy.cutAfter(10)]) {
        const failures: string[] = [];
        const datastore = new Datastore({ cache: open(memcached), backup: memoryBackup(), cacheTimeout: 500 });
        datastore.on("cacheFailed", ({ operation }) => failures.push(operation));
        await until(async () => expect(await datastore.getResult("key", () => "before")).toMatchObject({ source: "cache" }));
        failures.length = 0;
        await disturb();
        expect(await datastore.get("key", () => "meanwhile")).toBe("meanwhile");
        expect(failures).toContain("get");
        await proxy.close();
        await proxy.open();
        proxy.flow();
        await datastore.close();
      }
    }
    client.close();
  });

  it("a value that is too large costs Datastore an event and nothing else", async () => {
    const failures: string[] = [];
    const datastore = new Datastore({ cache: open(service.url), backup: memoryBackup() });
    datastore.on("cacheFailed", ({ operation, error }) => failures.push(`${operation}: ${String(error)}`));
    const large = "x".repeat(2_000_000);
    expect(await datastore.get("key", () => large)).toBe(large);
    expect(failures).toEqual([expect.stringContaining("more than maxValueBytes (1048576): it is not cached")]);
    expect(await datastore.peekBackup("key")).toMatchObject({ value: large });
    const gone = new Error("gone");
    expect(await datastore.getResult("key", () => Promise.reject(gone))).toMatchObject({ value: large });
    await datastore.close();
  });
});

describe("a server with a password", () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService("memcached", "sasl");
  });
  afterAll(() => service.stop());

  it("the user name and password of the URL are sent, and again after a restart", async () => {
    const cache = open(service.url);
    await cache.set("id", BYTES, MINUTE);
    await service.first.kill();
    await service.first.start();
    expect(await until(() => cache.get("id"))).toBeUndefined();
  });

  it("a wrong password makes calls reject, and is not shown", async () => {
    const cache = open(service.url.replace(service.secret, "a-wrong-password"));
    for (let attempt = 0; attempt < 2; attempt++) {
      const error = await rejection(() => cache.get("id"));
      expect(String(error)).toContain("refused those it got");
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("a-wrong-password");
    }
  });

  it("calls reject if the server wants a password and has got none", async () => {
    const { host, port } = service.first;
    await expect(open(`${host}:${port}`).get("id")).rejects.toThrow("asks for a user name");
  });
});

describe("a server that speaks only the text protocol", () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService("memcached", "ascii");
  });
  afterAll(() => service.stop());

  const TEXT_ONLY = 'speaks only Memcached\'s text protocol; start it without "-B ascii"';

  it("every call rejects as soon as the server has answered, and says what to change", async () => {
    const cache = open(service.url);
    const calls = [() => cache.get("id"), () => cache.set("id", BYTES, MINUTE), () => cache.delete("id"), () => cache.setUnlessNewer?.("id", BYTES, MINUTE, { loadedAt: 1 })];
    // Without an answer, each would take two seconds, and this loop longer than the test may.
    for (let round = 0; round < 5; round++) {
      for (const call of calls) await expect(call()).rejects.toThrow(TEXT_ONLY);
    }
  });

  it("Datastore tells what to change with its first get, and answers from the loader", async () => {
    const datastore = new Datastore({ cache: open(service.url), backup: memoryBackup() });
    const failed: string[] = [];
    datastore.on("cacheFailed", ({ error }) => failed.push(inspect(error)));
    expect(await datastore.get("key", () => "value")).toBe("value");
    expect(failed[0]).toContain(TEXT_ONLY);
    await datastore.close();
  });
});

describe("three servers", () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService("memcached", "three");
  });
  afterAll(() => service.stop());

  const ids = Array.from({ length: 30 }, (_, index) => `id-${index}`);

  it("three servers share the ids, and one that dies costs only its own", async () => {
    const cache = open(service.url);
    const setAll = (bytes: Buffer) => Promise.allSettled(ids.map((id) => cache.set(id, bytes, MINUTE)));
    await setAll(BYTES);
    await service.server("memcached2").kill();
    await until(async () => expect(String(await rejection(() => Promise.all(ids.map((id) => cache.get(id)))))).toContain("ECONNREFUSED"));
    const without = await Promise.allSettled(ids.map((id) => cache.get(id)));
    const kept = without.filter((outcome) => outcome.status === "fulfilled");
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThan(ids.length);
    for (const { value } of kept) expect(value).toEqual(BYTES);

    // This value must not go to another server, or it would exist twice once the first one is back.
    const outcomes = await setAll(Buffer.from("newer"));
    expect(outcomes.map(({ status }) => status)).toEqual(without.map(({ status }) => status));
    await service.server("memcached2").start();
    await until(() => Promise.all(ids.map((id) => cache.get(id))));
    for (const [index, { status }] of outcomes.entries()) {
      const found = await cache.get(ids[index] ?? "");
      expect(status === "fulfilled" ? String(found) : found).toBe(status === "fulfilled" ? "newer" : undefined);
    }
  });
});
