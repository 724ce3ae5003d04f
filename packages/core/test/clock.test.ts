import { describe, expect, it, vi } from "vitest";
import { DAY, failing, idOf, MINUTE, setUp } from "./support/setting.ts";
import { byteCache, comparingCache, mapCache } from "./support/stores.ts";

const CACHES = [
  ["a cache of values", mapCache],
  ["a cache of bytes", byteCache],
  ["a cache that compares stamps", comparingCache],
] as const;

describe.each(CACHES)("a wall clock that jumps while the process runs, with %s,", (_, makeCache) => {
  it("back and forth loses no value, and hides no newer one behind an older", async () => {
    const { datastore, clock, another } = setUp({ cache: makeCache() });
    const times = [0, 365 * DAY, -365 * DAY, 1, -40 * DAY, 40 * DAY, -1, DAY, -DAY];
    let value = 0;
    for (const by of [...times, ...times]) {
      clock.advance(by);
      value++;
      await datastore.set("key", value, "5m");
      expect(await datastore.get("key", failing(), "5m")).toBe(value);
      expect(await datastore.peekBackup("key")).toMatchObject({ value });
      const { value: later } = await another({ cache: mapCache() }).getResult("key", failing(), "5m");
      expect(later).toBe(value);
    }
  });

  it("never makes an age negative, nor the time that an outage has taken", async () => {
    const { datastore, clock, told } = setUp({ cache: makeCache() });
    await datastore.get("key", () => "good", "5m");
    clock.advance(DAY);
    await datastore.get("key", failing(), "5m");
    clock.advance(-2 * DAY);
    await datastore.expire("key");
    expect(await datastore.getResult("key", failing(), "5m")).toMatchObject({ value: "good", stale: true, age: 0 });
    expect(datastore.health().fallback).toMatchObject([{ age: 0 }]);
    await datastore.expire("key");
    await datastore.get("key", () => ((clock.advance(-DAY)), "new"), "5m");
    expect(told.of("recovered")).toEqual([{ key: "key", after: 0 }]);
    for (const { duration } of [...told.of("loaded"), ...told.of("loadFailed")]) expect(duration).toBeGreaterThanOrEqual(0);
  });

  it("forwards lets what was fresh expire, and the source is asked", async () => {
    const { datastore, clock } = setUp({ cache: makeCache() });
    await datastore.get("key", () => "old", "5m");
    clock.advance(365 * DAY);
    expect(await datastore.get("key", () => "new", "5m")).toBe("new");
    clock.advance(-365 * DAY);
    expect(await datastore.get("key", failing(), "5m")).toBe("new");
  });

  it("back lets what is loaded from then on be cached for its ttl and no longer", async () => {
    const { datastore, clock } = setUp({ cache: makeCache() });
    await datastore.get("key", () => "old", "5m");
    clock.advance(-30 * DAY);
    await datastore.expire("key");
    await datastore.get("key", () => "new", "5m");
    clock.advance(5 * MINUTE - 1);
    expect(await datastore.getResult("key", failing(), "5m")).toMatchObject({ value: "new", source: "cache", stale: false });
    clock.advance(1);
    const load = vi.fn(() => "newer");
    expect(await datastore.get("key", load, "5m")).toBe("newer");
  });
});

describe("a wall clock that jumps", () => {
  it("decides nothing about which of two loads is the newer: in one process that which started later is", async () => {
    const { datastore, backup, clock } = setUp();
    await datastore.get("key", () => "first", 0);
    clock.advance(-DAY / 2);
    await datastore.get("key", () => "second", 0);
    clock.advance(-DAY / 2 + 10);
    await datastore.get("key", () => "third", 0);
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "third" });
    expect(backup.count("write", idOf("key"))).toBe(3);
  });

  it("does not keep maxStale from holding: what seems to be from the future is as good as new, and no older backup is", async () => {
    const { datastore, clock } = setUp({ maxStale: "1h" });
    await datastore.get("key", () => "good", "5m");
    clock.advance(-DAY);
    await datastore.expire("key");
    expect(await datastore.get("key", failing(), 0)).toBe("good");
    clock.advance(DAY + 60 * MINUTE + 1);
    await expect(datastore.get("key", failing("down"), 0)).rejects.toBe("down");
  });
});
