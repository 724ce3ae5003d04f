import { Datastore } from "@lastgood/core";
import type { ValueCacheAdapter } from "@lastgood/core/adapter";
import { memoryBackup } from "@lastgood/core/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { memoryCache, type MemoryCacheOptions } from "../src/index.ts";

const MINUTE = 60_000;

describe("memoryCache", () => {
  it("memoryCache answers synchronously, without a promise", () => {
    const cache = memoryCache();
    const value = { name: "Ada" };
    expect(cache.set("id", value, MINUTE)).toBeUndefined();
    expect(cache.get("id")).toBe(value);
    expect(cache.delete("id")).toBeUndefined();
    expect(cache.get("id")).toBeUndefined();
  });

  it("memoryCache stores null and promises as values, and undefined as nothing", () => {
    const cache = memoryCache();
    const promise = Promise.resolve(1);
    cache.set("null", null, MINUTE);
    cache.set("promise", promise, MINUTE);
    cache.set("undefined", "something", MINUTE);
    cache.set("undefined", undefined, MINUTE);
    expect(cache.get("null")).toBeNull();
    expect(cache.get("promise")).toBe(promise);
    expect(cache.get("undefined")).toBeUndefined();
  });

  it("memoryCache has no close", () => {
    expect(memoryCache().close).toBeUndefined();
  });

  describe("reads no clock", () => {
    afterEach(() => void vi.useRealTimers());

    it("memoryCache reads no clock and sets no timer, because core decides what is fresh", () => {
      vi.useFakeTimers({ toFake: ["Date", "performance", "setTimeout", "setInterval", "setImmediate"] });
      const cache = memoryCache();
      cache.set("id", "value", 1);
      expect(vi.getTimerCount()).toBe(0);
      vi.advanceTimersByTime(60 * MINUTE);
      expect(cache.get("id")).toBe("value");
    });
  });
});

describe("in a datastore", () => {
  it("a hit in memoryCache is the very value that was loaded", async () => {
    const datastore = new Datastore({ cache: memoryCache(), backup: memoryBackup() });
    const loaded = { name: "Ada" };
    expect(await datastore.get("user", () => loaded, "5m")).toBe(loaded);
    const hit = await datastore.getResult("user", () => ({ name: "Bob" }), "5m");
    expect(hit.source).toBe("cache");
    expect(hit.value).toBe(loaded);
    await datastore.close();
  });

  it("sizeOf is called with the value that the loader returned", async () => {
    const seen: unknown[] = [];
    const cache = memoryCache({ maxBytes: 100, sizeOf: (value) => seen.push(value) });
    const datastore = new Datastore({ cache, backup: memoryBackup() });
    const loaded = { name: "Ada" };
    await datastore.get("user", () => loaded, "5m");
    expect(seen).toEqual([loaded]);
    expect(seen[0]).toBe(loaded);
    await datastore.close();
  });
});

describe("a sizeOf that throws", () => {
  it("a sizeOf that throws costs the cached copy and an event, not the answer", async () => {
    const sizeOf = () => {
      throw new Error("no size");
    };
    const datastore = new Datastore({ cache: memoryCache({ maxBytes: 100, sizeOf }), backup: memoryBackup() });
    const failures: unknown[] = [];
    datastore.on("cacheFailed", ({ error }) => failures.push(error));
    expect(await datastore.get("user", () => "Ada", "5m")).toBe("Ada");
    expect(failures).toEqual([expect.objectContaining({ cause: new Error("no size") })]);
    await datastore.close();
  });
});

describe("the bound of entries", () => {
  it("maxEntries evicts the least recently used value, and a get is a use", () => {
    const cache = memoryCache({ maxEntries: 3 });
    for (const id of ["a", "b", "c"]) cache.set(id, id, MINUTE);
    cache.get("a");
    cache.set("d", "d", MINUTE);
    expect(idsIn(cache, ["a", "b", "c", "d"])).toEqual(["a", "c", "d"]);
  });

  it("maxEntries is 10,000 by default", () => {
    const cache = memoryCache();
    for (let index = 0; index < 10_000; index++) cache.set(`id-${index}`, index, MINUTE);
    expect(cache.get("id-0")).toBe(0);
    cache.set("one-more", 1, MINUTE);
    expect(idsIn(cache, ["id-0", "id-1", "id-2"])).toEqual(["id-0", "id-2"]);
  });

  it("maxEntries counts a value once when it is set again", () => {
    const cache = memoryCache({ maxEntries: 2 });
    cache.set("a", 1, MINUTE);
    for (let round = 0; round < 5; round++) cache.set("b", round, MINUTE);
    expect(idsIn(cache, ["a", "b"])).toEqual(["a", "b"]);
  });
});

describe("the bound of bytes", () => {
  const length = { maxBytes: 100, sizeOf: (value: unknown) => String(value).length };

  it("maxBytes evicts the least recently used values until there is room", () => {
    const cache = memoryCache(length);
    for (const id of ["a", "b", "c"]) cache.set(id, "x".repeat(30), MINUTE);
    cache.get("a");
    cache.set("d", "x".repeat(60), MINUTE);
    expect(idsIn(cache, ["a", "b", "c", "d"])).toEqual(["a", "d"]);
  });

  it("a value larger than maxBytes is not stored, and removes the one before it", () => {
    const cache = memoryCache(length);
    cache.set("other", "x", MINUTE);
    cache.set("id", "old", MINUTE);
    cache.set("id", "x".repeat(101), MINUTE);
    expect(cache.get("id")).toBeUndefined();
    expect(cache.get("other")).toBe("x");
    cache.set("id", "x".repeat(99), MINUTE);
    expect(idsIn(cache, ["id", "other"])).toEqual(["id", "other"]);
  });

  it("maxBytes has the room of deleted and replaced values again", () => {
    const cache = memoryCache(length);
    cache.set("a", "x".repeat(50), MINUTE);
    for (let round = 0; round < 5; round++) {
      cache.set("b", "x".repeat(50), MINUTE);
      cache.delete("b");
      cache.set("b", "x".repeat(40), MINUTE);
      cache.set("b", "x".repeat(50), MINUTE);
    }
    expect(idsIn(cache, ["a", "b"])).toEqual(["a", "b"]);
  });

  it("maxBytes and maxEntries hold together", () => {
    const cache = memoryCache({ ...length, maxEntries: 2 });
    for (const id of ["a", "b", "c"]) cache.set(id, "x", MINUTE);
    expect(idsIn(cache, ["a", "b", "c"])).toEqual(["b", "c"]);
  });

  it("maxBytes uses an estimate without a sizeOf", () => {
    const cache = memoryCache({ maxBytes: 100_000 });
    cache.set("text", "x".repeat(30_000), MINUTE);
    cache.set("nested", { list: [{ bytes: new Uint8Array(30_000) }] }, MINUTE);
    expect(idsIn(cache, ["text", "nested"])).toEqual(["text", "nested"]);
    cache.set("too large", [new Map([["key", "x".repeat(50_000)]])], MINUTE);
    expect(idsIn(cache, ["text", "nested", "too large"])).toEqual(["text", "nested"]);
    cache.set("more", "x".repeat(10_000), MINUTE);
    expect(idsIn(cache, ["text", "nested", "more"])).toEqual(["nested", "more"]);
  });

  it("the estimate counts ids too, so that many small values are bounded", () => {
    const cache = memoryCache({ maxBytes: 100_000 });
    const ids = Array.from({ length: 5_000 }, (_, index) => `id-${index}`);
    for (const id of ids) cache.set(id, null, MINUTE);
    expect(idsIn(cache, ids).length).toBeLessThan(1_000);
    expect(idsIn(cache, ids).length).toBeGreaterThan(100);
  });
});

describe("sizeOf", () => {
  it("sizeOf is called with the loaded value and the id, not with core's entry", () => {
    const seen: unknown[] = [];
    const cache = memoryCache({ maxBytes: 100, sizeOf: (...args) => seen.push(args) });
    const entry = { value: { name: "Ada" }, loadedAt: 1_000, expiresAt: 2_000, stale: false };
    cache.set("entry", entry, MINUTE);
    cache.set("bare", { value: 1 }, MINUTE);
    cache.set("null", null, MINUTE);
    expect(seen).toEqual([[entry.value, "entry"], [{ value: 1 }, "bare"], [null, "null"]]);
    expect(cache.get("entry")).toBe(entry);
  });

  it("sizeOf is called once for each set, and not by get or delete", () => {
    let calls = 0;
    const cache = memoryCache({ maxBytes: 100, sizeOf: () => (calls += 1) });
    cache.set("id", "value", MINUTE);
    cache.get("id");
    cache.delete("id");
    expect(calls).toBe(1);
  });

  it("sizeOf may return 0 or a fraction", () => {
    const cache = memoryCache({ maxBytes: 3, sizeOf: Number });
    cache.set("none", 0, MINUTE);
    cache.set("fraction", 1.5, MINUTE);
    expect(idsIn(cache, ["none", "fraction"])).toEqual(["none", "fraction"]);
  });

  it("a sizeOf that returns no size makes set throw, and the value before it stays", () => {
    const sizes: Record<string, unknown> = { good: 1, text: "1", nan: NaN, negative: -1, infinite: Infinity };
    // A caller without types.
    const cache = memoryCache({ maxBytes: 100, sizeOf: (value) => sizes[String(value)] as number });
    cache.set("id", "good", MINUTE);
    expect(() => cache.set("id", "text", MINUTE)).toThrow(new TypeError('memoryCache: what sizeOf returns must be a number of bytes; got "1"'));
    expect(() => cache.set("id", "nan", MINUTE)).toThrow(new RangeError("memoryCache: what sizeOf returns must be a number of bytes; got NaN"));
    expect(() => cache.set("id", "negative", MINUTE)).toThrow(RangeError);
    expect(() => cache.set("id", "infinite", MINUTE)).toThrow(RangeError);
    expect(cache.get("id")).toBe("good");
  });
});

describe("options that are wrong", () => {
  const entries = "memoryCache: maxEntries must be a whole number from 1 to 16777216";
  const bytes = "memoryCache: maxBytes must be a whole number from 1 on";
  const wrong: readonly [unknown, Error][] = [
    [{ maxEntries: "10" }, new TypeError(`${entries}; got "10"`)],
    [{ maxEntries: 0 }, new RangeError(`${entries}; got 0`)],
    [{ maxEntries: 1.5 }, new RangeError(`${entries}; got 1.5`)],
    [{ maxEntries: 2 ** 24 + 1 }, new RangeError(`${entries}; got 16777217`)],
    [{ maxBytes: null }, new TypeError(`${bytes}; got null`)],
    [{ maxBytes: Infinity }, new RangeError(`${bytes}; got Infinity`)],
    [{ maxBytes: 9, sizeOf: 1 }, new TypeError("memoryCache: sizeOf must be a function; got 1")],
    [{ sizeOf: () => 1 }, new TypeError("memoryCache: maxBytes must be set where sizeOf is; got undefined")],
    [null, new TypeError("memoryCache: options must be an object; got null")],
    [1_000, new TypeError("memoryCache: options must be an object; got 1000")],
    [{ max: 1 }, new TypeError('memoryCache: options must be among maxEntries, maxBytes, sizeOf; got "max"')],
  ];

  for (const [options, error] of wrong) {
    it(`memoryCache throws at once: ${error.message}`, () => {
      // A caller without types.
      expect(() => memoryCache(options as MemoryCacheOptions)).toThrow(error);
    });
  }
});

function idsIn(cache: ValueCacheAdapter, ids: readonly string[]): string[] {
  return ids.filter((id) => cache.get(id) !== undefined);
}
