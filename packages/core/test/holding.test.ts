import { describe, expect, it, vi } from "vitest";
import { turn } from "./support/gate.ts";
import { failing, holdDeadlines, idOf, MINUTE, rejectionOf, setUp } from "./support/setting.ts";
import { byteCache, comparingCache, hangs, mapCache, throws } from "./support/stores.ts";

const SHARED = [
  ["a shared cache", byteCache],
  ["a shared cache that compares stamps", comparingCache],
] as const;

const ALL = ["get", "set", "setUnlessNewer", "delete"] as const;

describe.each(SHARED)("%s that fails", (_, makeCache) => {
  it("a shared cache that fails costs one load per key and ttl, as a memory cache does", async () => {
    const { datastore, cache, clock } = setUp({ cache: makeCache() });
    cache.failsAt(ALL, throws());
    const load = vi.fn(() => "loaded");
    for (let n = 0; n < 200; n++) expect(await datastore.get("key", load, "5m")).toBe("loaded");
    expect(load).toHaveBeenCalledTimes(1);
    clock.advance(5 * MINUTE);
    await datastore.get("key", load, "5m");
    expect(load).toHaveBeenCalledTimes(2);
  });

  it("a shared cache that fails costs one fallback per fallbackTtl while the source is down too", async () => {
    const { datastore, backup, cache, clock } = setUp({ cache: makeCache() });
    await datastore.get("key", () => "good", "5m");
    clock.advance(5 * MINUTE);
    cache.failsAt(ALL, throws());
    const load = vi.fn(failing());
    backup.calls.length = 0;
    for (let n = 0; n < 200; n++) expect(await datastore.getResult("key", load, "5m")).toMatchObject({ value: "good", stale: true });
    expect(load).toHaveBeenCalledTimes(1);
    expect(backup.count("read", idOf("key"))).toBe(1);
    clock.advance(2.5 * MINUTE);
    await datastore.get("key", load, "5m");
    expect(load).toHaveBeenCalledTimes(2);
  });

  it("values are held for a shared cache that answers reads and refuses writes, like a full one", async () => {
    const { datastore, cache } = setUp({ cache: makeCache() });
    cache.failsAt(["set", "setUnlessNewer"], throws());
    const load = vi.fn(() => "loaded");
    for (let n = 0; n < 20; n++) expect(await datastore.get("key", load, "5m")).toBe("loaded");
    expect(load).toHaveBeenCalledTimes(1);
  });

  it("values are held for a shared cache that does not answer, and while it is paused for that", async () => {
    holdDeadlines();
    const { datastore, cache } = setUp({ cache: makeCache() });
    cache.failsAt(ALL, hangs());
    const load = vi.fn(() => "loaded");
    for (let n = 0; n < 20; n++) {
      const got = datastore.get("key", load, "5m");
      await vi.advanceTimersByTimeAsync(3_000);
      expect(await got).toBe("loaded");
    }
    expect(load).toHaveBeenCalledTimes(1);
  });

  it.each(["expire", "delete"] as const)("a value that a caller removes with %s is no longer held for a failing cache", async (operation) => {
    const { datastore, cache } = setUp({ cache: makeCache() });
    cache.failsAt(ALL, throws());
    await datastore.get("key", () => "old", "5m");
    await rejectionOf(datastore[operation]("key"));
    expect(await datastore.get("key", () => "new", "5m")).toBe("new");
    expect(await datastore.get("key", failing(), "5m")).toBe("new");
  });

  it("a value that a caller sets replaces the one held for a failing cache", async () => {
    const { datastore, cache } = setUp({ cache: makeCache() });
    cache.failsAt(ALL, throws());
    await datastore.get("key", () => "loaded", "5m");
    await rejectionOf(datastore.set("key", "set", "5m"));
    expect(await datastore.getResult("key", failing(), "5m")).toMatchObject({ value: "set", source: "cache", stale: false });
  });

  it("nothing is held for a failing cache with a ttl of 0", async () => {
    const { datastore, cache } = setUp({ cache: makeCache() });
    cache.failsAt(ALL, throws());
    const load = vi.fn(() => "loaded");
    await datastore.get("key", load, 0);
    await datastore.get("key", load, 0);
    expect(load).toHaveBeenCalledTimes(2);
  });

  it("a value held for a failing cache keeps its age", async () => {
    const { datastore, cache, clock, start } = setUp({ cache: makeCache() });
    cache.failsAt(ALL, throws());
    await datastore.get("key", () => "loaded", "5m");
    clock.advance(MINUTE);
    expect(await datastore.getResult("key", failing(), "5m")).toMatchObject({ source: "cache", loadedAt: start, age: MINUTE });
  });

  it("a cache that is back answers at once, and nothing is held for it any more", async () => {
    const { datastore, cache, another, clock } = setUp({ cache: makeCache() });
    cache.failsAt(ALL, throws());
    await datastore.get("key", () => "held", "1h");
    cache.heals();
    clock.advance(1);
    await another().get("key", () => "newer", "1h");
    expect(await datastore.get("key", failing(), "1h")).toBe("newer");
    await another().expire("key");
    expect(await datastore.get("key", () => "newest", "1h")).toBe("newest");
  });

  it("a held value does not hide a newer one of another process", async () => {
    const { datastore, cache, another, clock } = setUp({ cache: makeCache() });
    cache.failsAt(["set", "setUnlessNewer"], throws());
    await datastore.get("key", () => "held", "1h");
    cache.heals();
    clock.advance(1);
    await another().set("key", "newer", "1h");
    cache.failsAt(["set", "setUnlessNewer"], throws());
    expect(await datastore.get("key", failing(), "1h")).toBe("newer");
  });

  it("the newest 10,000 values are held for a failing cache, so memory does not grow with the keys", async () => {
    const { datastore, cache } = setUp({ cache: makeCache() });
    cache.failsAt(ALL, throws());
    for (let n = 0; n <= 10_000; n++) await datastore.get(`key ${n}`, () => n, { ttl: "5m", backupWait: 0 });
    const load = vi.fn(() => "again");
    expect(await datastore.get("key 10000", load, "5m")).toBe(10_000);
    expect(await datastore.get("key 1", load, "5m")).toBe(1);
    expect(load).not.toHaveBeenCalled();
    expect(await datastore.get("key 0", load, "5m")).toBe("again");
  }, 60_000);
});

describe("a cache in this process that fails", () => {
  it("nothing is held for a failing memory cache: each get loads", async () => {
    const { datastore, cache } = setUp({ cache: mapCache() });
    cache.failsAt(ALL, throws());
    const load = vi.fn(() => "loaded");
    await datastore.get("key", load, "5m");
    await datastore.get("key", load, "5m");
    expect(load).toHaveBeenCalledTimes(2);
  });
});

describe.each(SHARED)("%s that was down while another process changed a key", (_, makeCache) => {
  /** Another process has cached `old`, and this one could not tell the cache of its change. */
  async function missed(change: "set" | "expire" | "delete") {
    holdDeadlines();
    const setting = setUp({ cache: makeCache() });
    const { datastore, cache, another, clock } = setting;
    await another().get("key", () => "old", "1h");
    clock.advance(1_000);
    cache.failsAt(ALL, throws());
    await rejectionOf(change === "set" ? datastore.set("key", "new", "1h") : datastore[change]("key"));
    cache.heals();
    return setting;
  }

  it.each(["set", "expire", "delete"] as const)("a cache that is back learns of a missed %s without any call to this process", async (change) => {
    const { another } = await missed(change);
    expect(await another().get("key", failing(), "1h")).toBe("old"); // it cannot know yet
    await vi.advanceTimersByTimeAsync(1_000);
    await turn();
    expect(await another().get("key", () => "newest", "1h")).toBe("newest");
  });

  it.each(["set", "expire", "delete"] as const)("a cache learns of a missed %s as soon as this process finds it back", async (change) => {
    const { datastore, another, cache } = await missed(change);
    cache.fails("get", throws());
    await datastore.get("other", () => 1, { ttl: "1h", backupWait: 0 });
    cache.heals();
    await datastore.get("other", () => 1, "1h");
    await turn();
    expect(await another().get("key", () => "newest", "1h")).toBe("newest");
  });

  it("a fallback is cached again after an expire that the cache missed", async () => {
    const { another } = await missed("expire");
    await vi.advanceTimersByTimeAsync(1_000);
    await turn();
    const load = vi.fn(failing());
    const elsewhere = another();
    expect(await elsewhere.get("key", load, "1h")).toBe("old");
    expect(await elsewhere.get("key", load, "1h")).toBe("old");
    expect(load).toHaveBeenCalledTimes(1);
  });

  it("a cache that is back keeps what others have stored since", async () => {
    const { another, clock } = await missed("set");
    clock.advance(1_000);
    await another().set("key", "newest", "1h");
    await vi.advanceTimersByTimeAsync(1_000);
    await turn();
    expect(await another().getResult("key", failing(), "1h")).toMatchObject({ value: "newest", source: "cache", stale: false });
  });

  it("a cache that is down is tried at growing intervals, by one call each", async () => {
    const { cache } = await missed("set");
    cache.failsAt(ALL, throws());
    cache.calls.length = 0;
    await vi.advanceTimersByTimeAsync(15_000); // at 1, 3, 7 and 15 seconds
    expect(cache.calls).toHaveLength(4);
  });

  it("no timer is left once a cache has learned of missed writes, or once the datastore is closed", async () => {
    const { datastore, cache } = await missed("set");
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(1_000);
    for (let n = 0; n < 50 && vi.getTimerCount() > 0; n++) await turn(); // each call has a deadline while it runs
    expect(vi.getTimerCount()).toBe(0);
    cache.failsAt(ALL, throws());
    await rejectionOf(datastore.expire("key"));
    await datastore.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe.each([...SHARED, ["a cache of values", mapCache] as const])("%s that missed an expire", (_, makeCache) => {
  it("a cache that still has the fresh copy which it was to expire takes the fallback in its place, marked as stale", async () => {
    const { datastore, cache } = setUp({ cache: makeCache() });
    await datastore.get("key", () => "good", "1h");
    cache.failsAt(ALL, throws());
    await rejectionOf(datastore.expire("key"));
    cache.heals();
    expect(await datastore.get("key", failing(), "1h")).toBe("good");
    expect(await datastore.getResult("key", failing(), "1h")).toMatchObject({ source: "cache", stale: true });
  });
});
