import { describe, expect, it, vi } from "vitest";
import { type CacheAdapter, Datastore, type DatastoreOptions } from "../src/index.ts";
import { manualClock, memoryBackup } from "../src/testing.ts";
import { isSettled, turn } from "./support/gate.ts";
import { failing, MINUTE, rejectionOf } from "./support/setting.ts";
import { Breakable, byteCache, comparingCache, hangs, isSlow, mapCache, throws } from "./support/stores.ts";

const SECOND = 1_000;

/** Processes with a near cache each, on one far cache and one backup. */
function setUp(makeFar: () => CacheAdapter = comparingCache) {
  const far = new Breakable(makeFar());
  const backup = memoryBackup();
  const clock = manualClock();
  const open = (options: Partial<DatastoreOptions> = {}) => {
    const near = new Breakable<CacheAdapter>(mapCache());
    const datastore = new Datastore({ cache: [near.adapter, far.adapter], backup, clock, ...options });
    return { near, datastore };
  };
  return { far, backup, clock, open };
}

describe.each([
  ["a shared cache", byteCache],
  ["a shared cache that compares stamps", comparingCache],
] as const)("memory in front of %s", (_, makeFar) => {
  it("a near hit asks no far cache", async () => {
    const { far, open } = setUp(makeFar);
    const { datastore } = open();
    await datastore.get("key", () => "loaded");
    const asked = far.calls.length;
    expect(await datastore.getResult("key", failing())).toMatchObject({ value: "loaded", source: "cache" });
    expect(far.calls.length).toBe(asked);
  });

  it("a far hit fills the near cache, and keeps its loadedAt, its expiry and whether it is stale", async () => {
    const { far, clock, open } = setUp(makeFar);
    const start = clock.now();
    await open().datastore.get("key", () => "loaded", MINUTE);
    clock.advance(40 * SECOND);
    const { datastore } = open();
    expect(await datastore.getResult("key", failing(), MINUTE)).toMatchObject({ source: "cache", loadedAt: start, stale: false });
    const asked = far.calls.length;
    expect(await datastore.getResult("key", failing(), MINUTE)).toMatchObject({ source: "cache", loadedAt: start, age: 40 * SECOND });
    expect(far.calls.length).toBe(asked);
    clock.advance(20 * SECOND);
    expect(await datastore.get("key", () => "anew", MINUTE)).toBe("anew");
  });

  it("a backup that stands in says so from the near cache too, with its age", async () => {
    const { clock, open } = setUp(makeFar);
    const start = clock.now();
    const { datastore } = open();
    await datastore.get("key", () => "good", MINUTE);
    clock.advance(MINUTE);
    await datastore.get("key", failing(), MINUTE);
    for (const reader of [datastore, open().datastore]) {
      for (let n = 0; n < 2; n++) expect(await reader.getResult("key", failing(), MINUTE)).toMatchObject({ value: "good", source: "cache", stale: true, loadedAt: start });
    }
  });

  it("a near copy is trusted for nearTtl since it was last confirmed, and then the far cache is asked", async () => {
    const { clock, open } = setUp(makeFar);
    const [one, other] = [open({ nearTtl: "2s" }), open({ nearTtl: "2s" })];
    await one.datastore.set("key", "first", "1h");
    clock.advance(1);
    expect(await other.datastore.get("key", failing())).toBe("first");
    clock.advance(500);
    await one.datastore.set("key", "second", "1h");
    expect(await one.datastore.get("key", failing())).toBe("second");
    clock.advance(1_499);
    expect(await other.datastore.get("key", failing())).toBe("first");
    clock.advance(1);
    expect(await other.datastore.get("key", failing())).toBe("second");
  });

  it("a clock that is set back makes no near copy trusted for longer", async () => {
    const { clock, open } = setUp(makeFar);
    const [one, other] = [open(), open()];
    await one.datastore.set("key", "first", "1h");
    clock.advance(1);
    await other.datastore.get("key", failing());
    clock.advance(4 * SECOND);
    expect(await other.datastore.get("key", failing())).toBe("first");
    clock.advance(-2 * SECOND);
    await one.datastore.expire("key");
    clock.advance(SECOND);
    expect(await other.datastore.get("key", () => "anew")).toBe("anew");
  });

  it.each(["expire", "delete"] as const)("%s reaches every level", async (operation) => {
    const { open } = setUp(makeFar);
    const { datastore } = open();
    await datastore.get("key", () => "old", "1h");
    await datastore[operation]("key");
    expect(await open().datastore.get("key", () => "new", "1h")).toBe("new");
    expect(await datastore.get("key", () => "newer", "1h")).toBe("new");
  });

  it("a ttl of 0 takes the value out of every level", async () => {
    const { open } = setUp(makeFar);
    const { datastore } = open();
    await datastore.get("key", () => "old", "1h");
    await datastore.set("key", "set", 0);
    expect(await datastore.get("key", () => "loaded", 0)).toBe("loaded");
    expect(await datastore.get("key", () => "again", 0)).toBe("again");
  });

  it("a far answer that was on its way while the key was deleted does not come into the near cache", async () => {
    const { far, open } = setUp(makeFar);
    const { datastore } = open();
    await open().datastore.get("key", () => "old", "1h");
    let answer: (() => void) | undefined;
    far.fails("get", async (real) => {
      const found = await real();
      await new Promise<void>((resolve) => (answer = resolve));
      return found;
    });
    const got = datastore.get("key", failing(), "1h");
    await turn();
    far.heals();
    await datastore.delete("key");
    answer?.();
    expect(await got).toBe("old");
    expect(await datastore.get("key", () => "new", "1h")).toBe("new");
  });

  it("a dead far cache is not a dead source: one load per key and ttl", async () => {
    const { far, clock, open } = setUp(makeFar);
    const { datastore } = open();
    far.failsAt(["get", "set", "setUnlessNewer", "delete"], throws());
    const load = vi.fn(() => "loaded");
    for (let n = 0; n < 60; n++) {
      expect(await datastore.get("key", load, "5m")).toBe("loaded");
      clock.advance(5 * SECOND);
    }
    expect(load).toHaveBeenCalledTimes(1);
    await datastore.get("key", load, "5m");
    expect(load).toHaveBeenCalledTimes(2);
  });

  it("a held copy is not trusted near: when the far cache is back, it is asked", async () => {
    const { far, clock, open } = setUp(makeFar);
    const [one, other] = [open(), open()];
    far.failsAt(["get", "set", "setUnlessNewer", "delete"], throws());
    await one.datastore.get("key", () => "held", "1h");
    clock.advance(6 * SECOND);
    expect(await one.datastore.get("key", failing(), "1h")).toBe("held");
    far.heals();
    await other.datastore.set("key", "set", "1h");
    expect(await one.datastore.get("key", failing(), "1h")).toBe("set");
  });

  it("a near cache that fails costs freshness of nothing: the far cache answers", async () => {
    const { open } = setUp(makeFar);
    const { datastore, near } = open();
    near.failsAt(["get", "set", "delete"], throws());
    await datastore.get("key", () => "loaded", "1h");
    expect(await datastore.get("key", failing(), "1h")).toBe("loaded");
  });

  it("a near cache that cannot forget does not answer with what was deleted", async () => {
    const { open } = setUp(makeFar);
    const { datastore, near } = open();
    await datastore.get("key", () => "old", "1h");
    near.failsAt(["delete", "set"], throws());
    await rejectionOf(datastore.delete("key"));
    expect(await datastore.get("key", () => "new", "1h")).toBe("new");
  });

  it("a near cache that answers with promises is a level like any other", async () => {
    const { far, open } = setUp(makeFar);
    const { datastore, near } = open();
    near.failsAt(["get", "set", "delete"], isSlow);
    await datastore.get("key", () => "loaded", "1h");
    const asked = far.calls.length;
    expect(await datastore.get("key", failing(), "1h")).toBe("loaded");
    expect(far.calls.length).toBe(asked);
  });
});

describe("many keys and peeks", () => {
  it("getMany asks the far cache once for all that the near one does not have", async () => {
    const clock = manualClock();
    const backup = memoryBackup();
    const shared = comparingCache();
    const getMany = vi.fn(async (ids: readonly string[]) => ids.map((id) => shared.stored.get(id)));
    const open = () => new Datastore({ cache: [mapCache(), { ...shared, getMany }], backup, clock });
    await open().getMany(["a", "b", "c"], (keys) => keys.map((key) => key.toUpperCase()));
    const reader = open();
    await reader.get("a", failing());
    getMany.mockClear();
    expect(await reader.getMany(["a", "b", "c"], failing())).toEqual(["A", "B", "C"]);
    expect(getMany).toHaveBeenCalledTimes(1);
    expect(getMany.mock.calls[0]?.[0]).toHaveLength(2);
    expect(await reader.getMany(["a", "b", "c"], failing())).toEqual(["A", "B", "C"]);
    expect(getMany).toHaveBeenCalledTimes(1);
  });

  it("a peek trusts a near copy as a get does, and reports no failure", async () => {
    const { clock, open } = setUp();
    const [one, other] = [open(), open()];
    await one.datastore.set("key", "first", "1h");
    clock.advance(1);
    await other.datastore.get("key", failing());
    await one.datastore.set("key", "second", "1h");
    expect(await other.datastore.peek("key")).toMatchObject({ value: "first" });
    clock.advance(5 * SECOND);
    other.near.failsAt(["get"], throws());
    const told = vi.fn();
    other.datastore.on("cacheFailed", told);
    expect(await other.datastore.peek("key")).toMatchObject({ value: "second" });
    expect(told).not.toHaveBeenCalled();
  });
});

describe("writing to near and far", () => {
  it("the near cache of this process has a set at once, and the far one when the backup is durable", async () => {
    const { far, backup, open, clock } = setUp();
    const slow = new Breakable(backup);
    const fault = hangs();
    slow.fails("write", fault);
    const { datastore } = open({ backup: slow.adapter });
    const set = datastore.set("key", "set", "1h");
    expect(await datastore.get("key", failing(), "1h")).toBe("set");
    expect(await isSettled(set)).toBe(false);
    expect(far.count("setUnlessNewer")).toBe(0);
    fault.release();
    await set;
    clock.advance(1);
    expect(await open().datastore.get("key", failing(), "1h")).toBe("set");
  });

  it("the near cache of this process has a loaded value at once", async () => {
    const { backup, open } = setUp();
    const slow = new Breakable(backup);
    const fault = hangs();
    slow.fails("write", fault);
    const { datastore, near } = open({ backup: slow.adapter });
    const got = datastore.get("key", () => "loaded", { ttl: "1h", backupWait: "1m" });
    await turn();
    expect(near.count("set")).toBe(1);
    fault.release();
    expect(await got).toBe("loaded");
  });

  it("an older value does not take the place of a newer one, near or far", async () => {
    const { clock, open } = setUp();
    const [one, other] = [open(), open()];
    let loaded: ((value: string) => void) | undefined;
    const slow = one.datastore.get("key", () => new Promise<string>((resolve) => (loaded = resolve)), "1h");
    await turn();
    clock.advance(10 * SECOND);
    await other.datastore.set("key", "newer", "1h");
    loaded?.("older");
    await slow;
    expect(await one.datastore.get("key", failing(), "1h")).toBe("newer");
    expect(await other.datastore.get("key", failing(), "1h")).toBe("newer");
  });
});

describe("more than two levels, or one", () => {
  it("a hit in the farthest of three levels fills both nearer ones", async () => {
    const [middle, farthest] = [new Breakable<CacheAdapter>(comparingCache()), new Breakable<CacheAdapter>(comparingCache())];
    const clock = manualClock();
    const backup = memoryBackup();
    await new Datastore({ cache: farthest.adapter, backup, clock }).get("key", () => "loaded", "1h");
    const open = (): Datastore => new Datastore({ cache: [mapCache(), middle.adapter, farthest.adapter], backup, clock });
    const first = open();
    expect(await first.get("key", failing(), "1h")).toBe("loaded");
    await turn();
    expect(middle.count("setUnlessNewer")).toBe(1);
    const asked = [middle.count("get"), farthest.count("get")];
    expect(await first.get("key", failing(), "1h")).toBe("loaded");
    expect([middle.count("get"), farthest.count("get")]).toEqual(asked);
    expect(await open().get("key", failing(), "1h")).toBe("loaded");
    expect(farthest.count("get")).toBe(asked[1]);
    await first.delete("key");
    expect(await open().get("key", () => "new", "1h")).toBe("new");
  });

  it("three levels that announce nothing answer with nothing older than nearTtl", async () => {
    const [middle, farthest] = [comparingCache(), comparingCache()];
    const clock = manualClock();
    const backup = memoryBackup();
    const reader = new Datastore({ cache: [mapCache(), middle, farthest], backup, clock });
    await reader.set("key", "first", "1h");
    clock.advance(10 * SECOND);
    await reader.get("key", failing(), "1h");
    clock.advance(SECOND);
    await new Datastore({ cache: [mapCache(), farthest], backup, clock }).set("key", "second", "1h");
    clock.advance(5 * SECOND);
    expect(await reader.get("key", failing(), "1h")).toBe("second");
  });

  it("a list of one is that one", async () => {
    const cache = mapCache();
    const datastore = new Datastore({ cache: [cache], backup: memoryBackup() });
    expect(datastore.health().cache).toEqual({ name: "map", state: "ok", failures: 0 });
    await datastore.get("key", () => "loaded");
    expect(cache.get("key")).toMatchObject({ value: "loaded" });
  });

  it("health has a line for each level, and the worst of them in front", async () => {
    const { far, open } = setUp();
    const { datastore } = open();
    far.failsAt(["get"], throws(new Error("down")));
    await datastore.get("key", () => "loaded");
    const { cache } = datastore.health();
    expect(cache).toMatchObject({ name: "bytes", state: "failing", levels: [{ name: "map", state: "ok" }, { name: "bytes", state: "failing" }] });
    expect(JSON.parse(JSON.stringify(cache)).levels[1].error.message).toContain("down");
  });
});

describe("a list of caches that cannot be meant", () => {
  const make = (cache: unknown) => () => new Datastore({ cache: cache as CacheAdapter, backup: memoryBackup() });
  const shared = byteCache();

  it.each([
    [[], "new Datastore: cache must be a cache adapter, or a list of at least one, such as [memoryCache(), redisCache(url)]; got"],
    [[mapCache(), 7], "new Datastore: cache[1] must be a cache adapter, such as memoryCache() of @lastgood/cache-memory; got 7"],
    [[mapCache(), undefined], "new Datastore: cache[1] must be a cache adapter"],
    [[shared, mapCache()], 'new Datastore: cache[1] must be a shared cache, since cache[0] is one; got "map", a cache of this process. Put it before "bytes": nearest first'],
    [[shared, shared], 'new Datastore: cache[1] must be an adapter of its own; got that of cache[0] again, "bytes". Leave one of them out'],
  ])("a wrong list %# is refused with what to do", (cache, message) => {
    expect(make(cache)).toThrow(message);
  });

  it("a nearTtl that is no positive duration is refused", () => {
    const backup = memoryBackup();
    expect(() => new Datastore({ cache: [mapCache(), shared], backup, nearTtl: 0 })).toThrow("new Datastore: nearTtl must be more than 0 milliseconds; got 0");
  });
});
