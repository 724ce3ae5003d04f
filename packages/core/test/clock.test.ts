import { describe, expect, it, vi } from "vitest";
import { Datastore, structuredCodec } from "../src/index.ts";
import { encodeEnvelope } from "../src/entry/envelope.ts";
import { manualClock, memoryBackup } from "../src/testing.ts";
import { DAY, failing, idOf, MINUTE, setUp } from "./support/setting.ts";
import { byteCache, comparingCache, mapCache } from "./support/stores.ts";

const HOUR = 60 * MINUTE;

const CACHES = [
  ["a cache of values", mapCache],
  ["a cache of bytes", byteCache],
  ["a cache that compares stamps", comparingCache],
] as const;

describe.each(CACHES)("a wall clock that jumps while the process runs, with %s,", (_, makeCache) => {
  it("a wall clock that jumps back and forth while the process runs loses no value, and hides no newer one behind an older", async () => {
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

  it("a wall clock that jumps while the process runs never makes an age negative, nor the time that an outage has taken", async () => {
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

  it("a wall clock that jumps forwards while the process runs lets what was fresh expire, and the source is asked", async () => {
    const { datastore, clock } = setUp({ cache: makeCache() });
    await datastore.get("key", () => "old", "5m");
    clock.advance(365 * DAY);
    expect(await datastore.get("key", () => "new", "5m")).toBe("new");
    clock.advance(-365 * DAY);
    expect(await datastore.get("key", failing(), "5m")).toBe("new");
  });

  it("a wall clock that jumps back while the process runs lets what is loaded from then on be cached for its ttl and no longer", async () => {
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

describe.each(CACHES)("a clock that is set back, with %s,", (_, makeCache) => {
  it("a clock that is set back makes no copy fresh for longer than its ttl of real time, while the process runs", async () => {
    for (const back of [MINUTE / 2, 29 * MINUTE, HOUR, 30 * DAY]) {
      const { datastore, clock } = setUp({ cache: makeCache() });
      await datastore.get("key", () => "old", "1h");
      clock.advance(30 * MINUTE);
      await datastore.get("key", failing(), "1h");
      clock.advance(-back);
      await datastore.get("other", () => 1, 0); // a clock that is handed in is known by its readings
      clock.advance(30 * MINUTE);
      expect(await datastore.get("key", () => "new", "1h"), `set back by ${back} ms`).toBe("new");
    }
  });

  it("a clock that is set back makes no fallback fresh for longer than its fallbackTtl", async () => {
    const { datastore, clock } = setUp({ cache: makeCache() });
    await datastore.get("key", () => "old", "1m");
    clock.advance(DAY);
    await datastore.get("key", failing(), "1m");
    clock.advance(-HOUR);
    clock.advance(MINUTE / 2);
    expect(await datastore.get("key", () => "new", "1m")).toBe("new");
  });

  it("a clock that is set back between two runs makes no copy fresh that says it was filled after now", async () => {
    const { datastore, another, clock } = setUp({ cache: makeCache() });
    await datastore.get("key", () => "old", "1m");
    await datastore.get("fallback", () => "old", 0);
    clock.advance(DAY / 2);
    await datastore.get("key", () => "old", "1m");
    await datastore.get("fallback", failing(), "10m");
    const later = manualClock(clock.now() - HOUR);
    expect(await another({ clock: later }).get("key", () => "new", "1m")).toBe("new");
    expect(await another({ clock: later }).get("fallback", () => "new", "1m")).toBe("new");
  });

  it("a clock that is set back by less than a minute, as those of two hosts differ, takes no copy away", async () => {
    const { datastore, another, clock } = setUp({ cache: makeCache() });
    await datastore.get("key", () => "cached", "5m");
    expect(await another({ clock: manualClock(clock.now() - MINUTE) }).get("key", failing(), "5m")).toBe("cached");
  });

  it("a clock that is set back lets a copy that is filled afterwards be fresh for its whole ttl", async () => {
    const { datastore, clock } = setUp({ cache: makeCache() });
    await datastore.get("key", () => "old", "1h");
    clock.advance(-HOUR / 2);
    await datastore.set("key", "new", "1h");
    clock.advance(HOUR - 1);
    expect(await datastore.getResult("key", failing(), "1h")).toMatchObject({ value: "new", source: "cache" });
    clock.advance(1);
    expect(await datastore.get("key", () => "newest", "1h")).toBe("newest");
  });
});

describe("a system clock that is set back", () => {
  it("a system clock that is set back makes no copy fresh for longer than its ttl, though nobody looked at the clock in between", async () => {
    vi.useFakeTimers({ toFake: ["Date", "performance"] });
    try {
      const datastore = new Datastore({ cache: mapCache(), backup: memoryBackup() });
      await datastore.get("key", () => "old", "1h");
      vi.advanceTimersByTime(50 * MINUTE);
      vi.setSystemTime(Date.now() - 40 * MINUTE);
      vi.advanceTimersByTime(10 * MINUTE);
      expect(await datastore.get("key", () => "new", "1h")).toBe("new");
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("a stamp that had to be moved past another", () => {
  it("a stamp that had to be moved past another leaves loadedAt the time of the load, in the answer, the cache and the backup", async () => {
    for (const makeCache of [mapCache, byteCache, comparingCache]) {
      const { datastore, another, clock, start } = setUp({ cache: makeCache() });
      await datastore.set("key", "older", "1h");
      clock.set(start - HOUR);
      const elsewhere = another({ clock });
      await elsewhere.get("key", () => "newer", "1h");
      clock.advance(MINUTE);
      const expected = { value: "newer", loadedAt: start - HOUR, age: MINUTE };
      expect(await elsewhere.getResult("key", failing(), "1h")).toMatchObject({ ...expected, source: "cache" });
      expect(await elsewhere.peekBackup("key")).toMatchObject(expected);
    }
  });

  it("a stamp that had to be moved past another does not make a value younger for maxStale, however often it happens", async () => {
    const { datastore, clock, start } = setUp({ cache: mapCache(), maxStale: "10m" });
    await datastore.get("key", () => "ahead", 0);
    clock.set(start - 2 * HOUR);
    await datastore.get("key", () => "good", 0);
    clock.advance(10 * MINUTE);
    expect(await datastore.get("key", failing("down"), 0)).toBe("good");
    clock.advance(1);
    await expect(datastore.get("key", failing("down"), 0)).rejects.toBe("down");
  });
});

/** What no clock can have said, or none that is right. */
const IMPOSSIBLE = [Number.MAX_SAFE_INTEGER, 2 ** 60, Infinity, NaN, -1, 1.5, Date.UTC(2030, 0, 3)] as const;

describe.each(IMPOSSIBLE)("a time of %s", (time) => {
  const record = (key: string, value: string, expiresAt: number): Uint8Array => {
    const payload = structuredCodec.encode(value, { id: idOf(key) });
    return encodeEnvelope({ key, codec: structuredCodec.name, loadedAt: time, expiresAt, stale: false, deleted: false, metadata: undefined, payload });
  };

  it.each([
    ["a cache", byteCache],
    ["a cache that compares stamps", comparingCache],
  ])("an impossible time in %s is no reason to answer, nor to keep out what is loaded or set", async (_, makeCache) => {
    for (const change of ["get", "set"] as const) {
      const { datastore, cache, another } = setUp({ cache: makeCache() });
      const bytes = record("key", "impossible", Infinity);
      const { adapter } = cache;
      if (adapter.stores !== "bytes") throw new Error("unreachable");
      if (adapter.setUnlessNewer === undefined) await adapter.set(idOf("key"), bytes, 1_000);
      else await adapter.setUnlessNewer(idOf("key"), bytes, 1_000, { loadedAt: time });
      if (change === "set") await datastore.set("key", "good", "1h");
      else expect(await datastore.get("key", () => "good", "1h")).toBe("good");
      expect(await another().getResult("key", failing(), "1h")).toMatchObject({ value: "good", source: "cache" });
    }
  });

  it("an impossible time in a backup may stand in, is as old as can be, and does not keep a good value from being written", async () => {
    if (!Number.isSafeInteger(time) || time < 0) return; // no store takes it for a stamp
    const { datastore, backup, clock, another } = setUp({ cache: mapCache() });
    const options = { loadedAt: time, usedAt: clock.now() };
    await backup.adapter.write(idOf("key"), record("key", "impossible", Infinity), options);
    await backup.adapter.write(idOf("key"), record("key", "impossible", Infinity), { ...options, loadedAt: time - 1 });
    const { value, age } = await datastore.getResult("key", failing(), 0);
    expect(value).toBe("impossible");
    expect(age).toBeGreaterThan(10 * 365 * DAY);
    await expect(datastore.get("key", failing("down"), { ttl: 0, maxStale: "1d" })).rejects.toBe("down");
    await datastore.get("key", () => "good", 0);
    clock.advance(MINUTE);
    expect(await another().getResult("key", failing(), 0)).toMatchObject({ value: "good", age: MINUTE });
    expect((await backup.adapter.read(idOf("key")))?.loadedAt).toBeLessThanOrEqual(clock.now());
  });

  it("an impossible time inside a record of a backup is not believed, whatever its stamp", async () => {
    const { datastore, backup, clock } = setUp({ cache: mapCache() });
    await backup.adapter.write(idOf("key"), record("key", "impossible", Infinity), { loadedAt: clock.now(), usedAt: clock.now() });
    expect((await datastore.getResult("key", failing(), 0)).age).toBeGreaterThan(10 * 365 * DAY);
  });
});

it("records of format 1, in which loadedAt is the stamp as well, are read as they were meant", async () => {
  const { datastore, cache, clock, start } = setUp({ cache: byteCache() });
  const payload = structuredCodec.encode("old format", { id: idOf("key") });
  const bytes = encodeEnvelope({ key: "key", codec: structuredCodec.name, loadedAt: start, expiresAt: start + HOUR, stale: false, deleted: false, metadata: undefined, payload });
  expect(bytes[3]).toBe(1);
  const { adapter } = cache;
  if (adapter.stores === "bytes") await adapter.set(idOf("key"), bytes, HOUR);
  clock.advance(MINUTE);
  expect(await datastore.getResult("key", failing(), "1h")).toMatchObject({ value: "old format", source: "cache", age: MINUTE });
});

it("a clock that begins to throw is no reason for a get to fail", async () => {
  const clock = { now: (): number => 0 };
  const datastore = new Datastore({ cache: mapCache(), backup: memoryBackup(), clock });
  clock.now = failNow;
  expect(await datastore.get("key", () => "loaded", "5m")).toBe("loaded");
});

it("a clock that throws from the start is refused by name", () => {
  const options = { cache: mapCache(), backup: memoryBackup(), clock: { now: failNow } };
  expect(() => new Datastore(options)).toThrow(/^new Datastore: clock must be an object whose now\(\) returns epoch milliseconds; got an object whose now\(\) threw "no clock"$/);
});

function failNow(): never {
  throw new Error("no clock");
}

describe("a wall clock that jumps", () => {
  it("a wall clock that jumps decides nothing about which of two loads is the newer: in one process that which started later is", async () => {
    const { datastore, backup, clock } = setUp();
    await datastore.get("key", () => "first", 0);
    clock.advance(-DAY / 2);
    await datastore.get("key", () => "second", 0);
    clock.advance(-DAY / 2 + 10);
    await datastore.get("key", () => "third", 0);
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "third" });
    expect(backup.count("write", idOf("key"))).toBe(3);
  });

  it("a wall clock that jumps does not keep maxStale from holding: what seems to be from the future is as good as new, and no older backup is", async () => {
    const { datastore, clock } = setUp({ maxStale: "1h" });
    await datastore.get("key", () => "good", "5m");
    clock.advance(-DAY);
    await datastore.expire("key");
    expect(await datastore.get("key", failing(), 0)).toBe("good");
    clock.advance(DAY + 60 * MINUTE + 1);
    await expect(datastore.get("key", failing("down"), 0)).rejects.toBe("down");
  });
});
