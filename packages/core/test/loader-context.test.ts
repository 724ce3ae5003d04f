import { describe, expect, it, vi } from "vitest";
import type { DatastoreOptions, Duration, LoadContext, Result } from "../src/index.ts";
import { gate, turn } from "./support/gate.ts";
import { DAY, failing, idOf, MINUTE, rejectionOf, setUp } from "./support/setting.ts";
import { byteCache, comparingCache, mapCache, throws } from "./support/stores.ts";

const CACHES = [
  ["a cache of values", mapCache],
  ["a cache of bytes", byteCache],
  ["a cache that compares stamps", comparingCache],
] as const;

const renew = ({ notModified }: LoadContext): ReturnType<typeof notModified> => notModified();

describe.each(CACHES)("notModified(), with %s,", (_, makeCache) => {
  it("renews the last good value for another ttl, and does not write it again", async () => {
    const { datastore, backup, clock, start } = setUp({ cache: makeCache() });
    await datastore.get("key", () => "good", "5m");
    clock.advance(5 * MINUTE);
    expect(await datastore.getResult<string>("key", renew, "5m")).toEqual({ value: "good", source: "loader", stale: false, loadedAt: start, age: 5 * MINUTE, expiresAt: start + 10 * MINUTE });
    clock.advance(5 * MINUTE - 1);
    expect(await datastore.getResult("key", failing(), "5m")).toMatchObject({ value: "good", source: "cache", stale: false, loadedAt: start });
    expect(backup.count("write", idOf("key"))).toBe(1);
  });

  it("renews what stood in for a source that was down: it is no fallback any more", async () => {
    const { datastore, clock, told } = setUp({ cache: makeCache() });
    await datastore.get("key", () => "good", "5m");
    clock.advance(5 * MINUTE);
    await datastore.get("key", failing(), "5m");
    clock.advance(2.5 * MINUTE);
    expect(await datastore.getResult<string>("key", renew, "5m")).toMatchObject({ value: "good", stale: false });
    expect(await datastore.getResult("key", failing(), "5m")).toMatchObject({ value: "good", source: "cache", stale: false });
    expect(told.of("recovered")).toEqual([{ key: "key", after: 2.5 * MINUTE }]);
    expect(datastore.health().fallback).toEqual([]);
  });

  it("notModified() counts as good for maxStale: a source that has vouched for the value a minute ago and fails now has a backup that stands in", async () => {
    const { datastore, clock, another } = setUp({ cache: makeCache(), maxStale: "1h" });
    await datastore.get("key", () => "good", "5m");
    for (let passed = 0; passed < DAY; passed += 5 * MINUTE) {
      clock.advance(5 * MINUTE);
      expect(await datastore.get<string>("key", renew, "5m")).toBe("good");
    }
    clock.advance(5 * MINUTE);
    expect(await datastore.getResult("key", failing(), "5m")).toMatchObject({ value: "good", stale: true });
    const restarted = another({ cache: mapCache() });
    clock.advance(45 * MINUTE);
    expect(await restarted.get("key", failing(), "5m")).toBe("good");
    clock.advance(10 * MINUTE + 1);
    const error = new Error("the source is down");
    expect(await rejectionOf(restarted.get("key", failing(error), 0))).toBe(error);
  });
});

describe("notModified()", () => {
  it("notModified() writes no more than ten times per maxStale that the value is still right", async () => {
    const { datastore, backup, clock } = setUp({ maxStale: "10h" });
    await datastore.get("key", () => "good", "5m");
    for (let passed = 0; passed < 600; passed += 5) {
      clock.advance(5 * MINUTE);
      await datastore.get<string>("key", renew, "5m");
    }
    expect(backup.count("write", idOf("key"))).toBe(1 + 10);
  });

  it("notModified() shows no age that is younger than the last time that the loader vouched for the value", async () => {
    const { datastore, clock } = setUp({ maxStale: "1h", fallbackTtl: 0 });
    await datastore.get("key", () => "good", "5m");
    for (let n = 0; n < 20; n++) {
      clock.advance(5 * MINUTE);
      await datastore.get<string>("key", renew, "5m");
      const vouchedAt = clock.now();
      clock.advance(5 * MINUTE);
      const { loadedAt, age } = await datastore.getResult("key", failing(), "5m");
      expect(loadedAt).toBeLessThanOrEqual(vouchedAt);
      expect(age).toBeGreaterThanOrEqual(5 * MINUTE);
      expect(age).toBeLessThan(5 * MINUTE + 6 * MINUTE + 5 * MINUTE);
    }
  });

  it("notModified() keeps the notes of the value, and takes new ones in their place", async () => {
    const { datastore, backup, clock, another } = setUp();
    await datastore.get("key", ({ setMeta }) => (setMeta({ etag: "1" }), "good"), 0);
    clock.advance(MINUTE);
    expect(await datastore.getResult<string>("key", renew, 0)).toMatchObject({ metadata: { etag: "1" } });
    await datastore.get<string>("key", ({ setMeta, notModified }) => (setMeta({ etag: "1" }), notModified()), 0);
    expect(backup.count("write", idOf("key"))).toBe(1);
    await datastore.get<string>("key", ({ setMeta, notModified }) => (setMeta({ etag: "2" }), notModified()), 0);
    expect(await another().peekBackup("key")).toMatchObject({ value: "good", metadata: { etag: "2" } });
  });

  it("notModified() keeps the backup in use: a value that never changes is not culled", async () => {
    const { datastore, clock } = setUp({ cullAfter: Infinity });
    await datastore.set("other", "kept in use", Infinity);
    await datastore.get("key", () => "good", "5m");
    for (let day = 0; day < 90; day++) {
      clock.advance(DAY);
      await datastore.get<string>("key", renew, "5m");
      await datastore.get("other", failing());
      await turn();
      expect(await datastore.cull({ force: true })).toMatchObject({ deleted: 0 });
    }
  });

  it("notModified() does not tell the store of each time, but once per tenth of cullTime", async () => {
    const { datastore, backup, clock } = setUp({ cullTime: "30d" });
    await datastore.get("key", () => "good", "5m");
    for (let hour = 0; hour < 24 * 9; hour++) {
      clock.advance(60 * MINUTE);
      await datastore.get<string>("key", renew, "5m");
    }
    await turn();
    expect(backup.count("touch")).toBe(3);
  });

  it("notModified() without a backup has failed with NOTHING_TO_RENEW", async () => {
    const { datastore, told } = setUp();
    expect(await rejectionOf(datastore.get<string>("key", renew))).toMatchObject({ code: "NOTHING_TO_RENEW", key: "key" });
    expect(told.names).toEqual(["miss", "loadFailed"]);
  });

  it("means what lastGood() has shown, and not what another process has loaded since", async () => {
    const { datastore, clock, another } = setUp();
    const elsewhere = another({ cache: mapCache() });
    await datastore.get("key", () => "one", "5m");
    clock.advance(5 * MINUTE);
    const loader = async ({ lastGood, notModified }: LoadContext): Promise<string | ReturnType<typeof notModified>> => {
      expect(await lastGood()).toMatchObject({ value: "one" });
      await elsewhere.set("key", "two");
      return notModified();
    };
    expect(await datastore.get<string>("key", loader, "5m")).toBe("one");
    clock.advance(5 * MINUTE);
    expect(await datastore.get("key", failing(), "5m")).toBe("two");
  });

  it("means the newest valid value: one that is not valid any more is neither shown nor renewed", async () => {
    const { datastore, clock } = setUp();
    await datastore.get("key", () => 1, "5m");
    clock.advance(5 * MINUTE);
    await datastore.get("key", () => -1, "5m");
    clock.advance(5 * MINUTE);
    const shown = vi.fn();
    const loader = async ({ lastGood, notModified }: LoadContext): Promise<number | ReturnType<typeof notModified>> => {
      shown((await lastGood<number>())?.value);
      return notModified();
    };
    expect(await datastore.get<number>("key", loader, { ttl: "5m", validate: (value) => value > 0 })).toBe(1);
    expect(shown).toHaveBeenCalledWith(1);
  });

  it("notModified() writes nothing after a set or delete that came while it ran", async () => {
    const { datastore, clock, backup } = setUp();
    await datastore.get("key", () => "good", "5m");
    clock.advance(5 * MINUTE);
    const asked = gate();
    const got = datastore.get<string>("key", async ({ lastGood, notModified }) => {
      await lastGood();
      await asked.promise;
      return notModified();
    });
    await turn();
    await datastore.delete("key");
    asked.open();
    expect(await got).toBe("good");
    expect(await datastore.peekBackup("key")).toBeUndefined();
    expect(backup.count("touch")).toBe(0);
    expect(await rejectionOf(datastore.get("key", failing("down")))).toBe("down");
  });

  it("notModified() keeps its time where the clock was set back meanwhile", async () => {
    const { datastore, clock, start, backup, another } = setUp();
    await datastore.get("key", () => "good", 0);
    clock.set(start - DAY);
    const restarted = another({ cache: mapCache() });
    expect(await restarted.getResult<string>("key", renew, "5m")).toMatchObject({ value: "good", loadedAt: start, age: 0 });
    expect(backup.count("write", idOf("key"))).toBe(1);
  });

  it("notModified() tells other processes that an outage is over which this one knows nothing of", async () => {
    const { datastore, clock, another } = setUp();
    await datastore.get("key", () => "good", "5m");
    clock.advance(5 * MINUTE);
    await another({ cache: mapCache() }).get("key", failing());
    await turn();
    const restarted = another({ cache: mapCache() });
    expect(await listed(restarted.outages())).toHaveLength(1);
    clock.advance(MINUTE);
    await restarted.get<string>("key", renew);
    await turn();
    expect(await listed(restarted.outages())).toEqual([]);
  });

  it("notModified() does so once an hour at most", async () => {
    const { datastore, backup, clock } = setUp();
    await datastore.get("key", () => "good", "5m");
    for (let minutes = 0; minutes < 120; minutes += 5) {
      clock.advance(5 * MINUTE);
      await datastore.get<string>("key", renew, "5m");
    }
    await turn();
    expect(backup.count("delete")).toBe(2);
  });
});

describe("lastGood()", () => {
  it("lastGood() is the newest backup with its notes, whatever its age, and undefined where there is none", async () => {
    const { datastore, clock, start } = setUp({ maxStale: "1h" });
    const seen: (Result<unknown> | undefined)[] = [];
    const loader = async ({ lastGood, setMeta }: LoadContext): Promise<string> => {
      seen.push(await lastGood());
      setMeta({ etag: "1" });
      return "good";
    };
    await datastore.get("key", loader, "5m");
    clock.advance(DAY);
    await datastore.get("key", loader, "5m");
    expect(seen).toEqual([undefined, { value: "good", source: "backup", stale: false, loadedAt: start, age: DAY, expiresAt: 0, metadata: { etag: "1" } }]);
  });

  it("lastGood() is undefined where the backup cannot be read, and one event tells", async () => {
    const { datastore, backup, told } = setUp();
    backup.fails("read", throws());
    expect(await datastore.get("key", async ({ lastGood }) => (await lastGood()) ?? "nothing")).toBe("nothing");
    expect(told.of("backupFailed")).toMatchObject([{ operation: "read", retry: false }]);
  });
});

describe("setTtl()", () => {
  it("setTtl() says how long this value is fresh, in place of the ttl that was asked for", async () => {
    const { datastore, clock } = setUp();
    await datastore.get("key", ({ setTtl }) => (setTtl("1h"), "good"), "5m");
    clock.advance(60 * MINUTE - 1);
    expect(await datastore.getResult("key", failing(), "5m")).toMatchObject({ source: "cache", stale: false });
    clock.advance(1);
    expect(await datastore.getResult("key", failing(), "5m")).toMatchObject({ source: "backup", stale: true });
  });

  it("setTtl() holds for a renewed value as well", async () => {
    const { datastore, clock } = setUp();
    await datastore.get("key", () => "good", "5m");
    clock.advance(5 * MINUTE);
    await datastore.get<string>("key", ({ setTtl, notModified }) => (setTtl("1h"), notModified()), "5m");
    clock.advance(60 * MINUTE - 1);
    expect(await datastore.getResult("key", failing(), "5m")).toMatchObject({ source: "cache", stale: false });
  });

  it("setTtl() of 0 keeps the value out of the cache, and in the backup", async () => {
    const { datastore } = setUp();
    await datastore.get("key", ({ setTtl }) => (setTtl(0), "good"), "5m");
    expect(await datastore.getResult("key", failing(), "5m")).toMatchObject({ value: "good", source: "backup" });
  });
});

describe("setMeta()", () => {
  it.each(CACHES)("setMeta() keeps notes beside the value, in the backup and in %s", async (_, makeCache) => {
    const { datastore, another } = setUp({ cache: makeCache() });
    const loaded = await datastore.getResult("key", ({ setMeta }) => (setMeta({ etag: '"1"', "last-modified": "today" }), "good"), "5m");
    const metadata = { etag: '"1"', "last-modified": "today" };
    expect(loaded).toMatchObject({ source: "loader", metadata });
    expect(await datastore.getResult("key", failing(), "5m")).toMatchObject({ source: "cache", metadata });
    expect(await another({ cache: mapCache() }).getResult("key", failing(), "5m")).toMatchObject({ source: "backup", metadata });
  });

  it("setMeta() keeps a copy of the notes: what the loader does with them later changes nothing", async () => {
    const { datastore } = setUp();
    const notes = { etag: "1" };
    await datastore.get("key", ({ setMeta }) => (setMeta(notes), "good"), "5m");
    notes.etag = "2";
    expect(await datastore.getResult("key", failing(), "5m")).toMatchObject({ metadata: { etag: "1" } });
  });

  it("setMeta() of the last call counts, and a load without one has no notes", async () => {
    const { datastore } = setUp();
    expect(await datastore.getResult("key", ({ setMeta }) => (setMeta({ a: "1" }), setMeta({ b: "2" }), "good"), 0)).toMatchObject({ metadata: { b: "2" } });
    expect(await datastore.getResult("key", () => "good", 0)).not.toHaveProperty("metadata");
  });

  it.each([null, undefined, "etag", { etag: 1 }, { etag: undefined }].map((notes: unknown) => ({ notes })))("setMeta() refuses $notes: the load has failed", async ({ notes }) => {
    const { datastore } = setUp();
    const error = await rejectionOf(datastore.get("key", ({ setMeta }) => (setMeta(notes as { etag: string }), "good"))); // a mistake of a program in JavaScript
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toContain("setMeta");
  });
});

describe("noStore()", () => {
  it("noStore() answers those who wait, and keeps the value neither in the cache nor in the backup", async () => {
    const { datastore, cache, backup, told } = setUp();
    const held = gate<string>();
    const loader = vi.fn(async ({ noStore }: LoadContext) => (noStore(), held.promise));
    const callers = [datastore.get("key", loader), datastore.get("key", loader)];
    held.open("for you");
    expect(await Promise.all(callers)).toEqual(["for you", "for you"]);
    expect(loader).toHaveBeenCalledTimes(1);
    expect(cache.count("set") + backup.count("write")).toBe(0);
    expect(told.names).toEqual(["miss", "miss", "loaded"]);
  });

  it("noStore() leaves what was kept before as it is", async () => {
    const { datastore, clock } = setUp();
    await datastore.get("key", () => "kept", "5m");
    clock.advance(5 * MINUTE);
    expect(await datastore.get("key", ({ noStore }) => (noStore(), "for you"), "5m")).toBe("for you");
    expect(await datastore.get("key", failing(), "5m")).toBe("kept");
  });

  it("noStore() holds for a renewed value: the cached copy is not renewed", async () => {
    const { datastore, clock } = setUp();
    await datastore.get("key", () => "kept", "5m");
    clock.advance(5 * MINUTE);
    await datastore.get<string>("key", ({ noStore, notModified }) => (noStore(), notModified()), "5m");
    expect(await datastore.getResult("key", failing(), "5m")).toMatchObject({ source: "backup", stale: true });
  });
});

describe("fail()", () => {
  it("fail() fails the load with this error, the same object", async () => {
    const { datastore } = setUp();
    const error = new RangeError("no rates today");
    expect(await rejectionOf(datastore.get("key", ({ fail }) => fail(error)))).toBe(error);
  });

  it("fail() makes an error of what is none", async () => {
    const { datastore } = setUp();
    const error = await rejectionOf(datastore.get("key", ({ fail }) => fail("the page is empty")));
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ message: "the page is empty" });
  });

  it("fail() lets the backup stand in", async () => {
    const { datastore, clock } = setUp();
    const loader = (ok: boolean) => ({ fail }: LoadContext): string => (ok ? "good" : fail("empty"));
    await datastore.get("key", loader(true), "5m");
    clock.advance(5 * MINUTE);
    expect(await datastore.getResult("key", loader(false), "5m")).toMatchObject({ value: "good", stale: true, error: { message: "empty" } });
  });
});

describe("the context of a load", () => {
  it("the context of a load has functions that may be taken out of it by name, and called late", async () => {
    const { datastore } = setUp();
    const got = datastore.get("key", async ({ key, signal, lastGood, setTtl, setMeta, noStore }) => {
      await turn();
      setTtl("1h");
      setMeta({ a: "b" });
      noStore();
      return [key, signal.aborted, await lastGood()];
    });
    expect(await got).toEqual(["key", false, undefined]);
  });

  it("the context of a load is the load's own: what one loader says of its value holds for no other", async () => {
    const { datastore, clock } = setUp();
    const held = gate<string>();
    const one = datastore.get("one", ({ setTtl, setMeta }) => (setTtl("1h"), setMeta({ a: "1" }), held.promise), "5m");
    const two = datastore.get("two", () => held.promise, "5m");
    held.open("good");
    await Promise.all([one, two]);
    clock.advance(10 * MINUTE);
    expect(await datastore.getResult("one", failing(), "5m")).toMatchObject({ source: "cache", metadata: { a: "1" } });
    expect(await datastore.getResult("two", failing(), "5m")).toMatchObject({ source: "backup" });
    expect(await datastore.getResult("two", failing(), "5m")).not.toHaveProperty("metadata");
  });
});

describe("a loader that asks for its own key", () => {
  const OPTIONS: readonly (readonly [string, Partial<DatastoreOptions>])[] = [
    ["through the cache", {}],
    ["backup first", { useCache: false }],
    ["with a softTimeout", { softTimeout: "1s" }],
  ];

  it.each(OPTIONS)("a loader that asks for its own key fails at once instead of waiting for itself: %s", async (_, options) => {
    const { datastore } = setUp(options);
    const loader = (): Promise<string> => datastore.get("key", () => "inner");
    expect(await rejectionOf(datastore.get("key", loader))).toMatchObject({ code: "RECURSIVE_LOAD", key: "key" });
    expect(await datastore.get("key", () => "free again")).toBe("free again");
  });

  it("a loader that asks for its own key fails at once after an await as well", async () => {
    const { datastore } = setUp();
    const loader = async (): Promise<string> => {
      await turn();
      return datastore.get("key", () => "inner");
    };
    expect(await rejectionOf(datastore.get("key", loader))).toMatchObject({ code: "RECURSIVE_LOAD", key: "key" });
    expect(await datastore.get("key", () => "free again")).toBe("free again");
  });

  it("a loader that asks for its own key fails at once after an await while other loads come and go", async () => {
    const { datastore } = setUp();
    const held = gate();
    const rejection = rejectionOf(datastore.get("key", async () => (await held.promise, datastore.get("key", () => "inner"))));
    await datastore.get("other", () => "value");
    await turn();
    held.open();
    expect(await rejection).toMatchObject({ code: "RECURSIVE_LOAD", key: "key" });
  });

  it("a loader that asks for its own key fails at once through another datastore as well", async () => {
    const { datastore, another } = setUp();
    const elsewhere = another({ cache: mapCache() });
    const load = (): Promise<string> => elsewhere.get("key", () => datastore.get("key", load));
    expect(await rejectionOf(datastore.get("key", load))).toMatchObject({ code: "RECURSIVE_LOAD" });
  });

  it("a loader that asks for its own key fails at once through the loaders of others as well", async () => {
    const { datastore } = setUp();
    const load = (key: string, next: string) => (): Promise<string> => datastore.get(next, load(next, key));
    expect(await rejectionOf(datastore.get("a", load("a", "b")))).toMatchObject({ code: "RECURSIVE_LOAD" });
  });

  it("a loader that asks for its own key is answered from its backup where it has one", async () => {
    const { datastore, clock } = setUp();
    await datastore.get("key", () => "good", "5m");
    clock.advance(5 * MINUTE);
    expect(await datastore.get("key", () => datastore.get("key", () => "inner"), "5m")).toBe("good");
  });

  it("a loader that asks for its own key may ask another datastore, ask for other keys, and ask for its own once it is over", async () => {
    const { datastore, another } = setUp();
    const elsewhere = another({ cache: mapCache() });
    let later: Promise<string> | undefined;
    const over = gate();
    const loader = async (): Promise<string> => {
      later = over.promise.then(() => datastore.get("key", () => "later", 0));
      return (await elsewhere.get("key", () => "from elsewhere")) + (await datastore.get("other", () => " and another"));
    };
    expect(await datastore.get("key", loader, 0)).toBe("from elsewhere and another");
    over.open();
    expect(await later).toBe("later");
  });

  it("a loader that asks for its own key is answered by a cached copy, which takes no load", async () => {
    const { datastore } = setUp();
    const loader = async (): Promise<string> => {
      await datastore.set("key", "set by its loader");
      return datastore.get("key", () => "inner");
    };
    expect(await datastore.get("key", loader)).toBe("set by its loader");
  });
});

async function listed<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe("setMaxStale()", () => {
  it("setMaxStale() keeps a backup that is older from standing in for this load, and for no other", async () => {
    const { datastore, clock } = setUp();
    await datastore.get("key", () => "good", "5m");
    clock.advance(10 * MINUTE);
    const error = new Error("the source is down");
    const limited = ({ setMaxStale }: LoadContext): never => {
      setMaxStale("10m");
      throw error;
    };
    expect(await datastore.get("key", limited, { ttl: "5m", fallbackTtl: 0 })).toBe("good");
    clock.advance(1);
    expect(await rejectionOf(datastore.get("key", limited, "5m"))).toBe(error);
    expect(await datastore.get("key", failing(), "5m")).toBe("good");
  });

  it("limits how long the stand-in is cached", async () => {
    const { datastore, clock, told, start } = setUp();
    await datastore.get("key", () => "good", "5m");
    clock.advance(9 * MINUTE);
    await datastore.get("key", ({ setMaxStale, fail }) => (setMaxStale("10m"), fail("down")), "5m");
    expect(told.of("fallback")).toMatchObject([{ until: start + 10 * MINUTE }]);
  });

  it("setMaxStale() does not widen the maxStale of the caller", async () => {
    const { datastore, clock } = setUp({ maxStale: "6m" });
    await datastore.get("key", () => "good", "5m");
    clock.advance(7 * MINUTE);
    const error = new Error("down");
    expect(await rejectionOf(datastore.get("key", ({ setMaxStale, fail }) => (setMaxStale("1h"), fail(error)), "5m"))).toBe(error);
  });

  it("setMaxStale() counts while the loader is slow as well", async () => {
    const { datastore, clock } = setUp();
    await datastore.get("key", () => "good", "5m");
    clock.advance(10 * MINUTE);
    const held = gate<string>();
    const got = datastore.get("key", ({ setMaxStale }) => (setMaxStale(0), held.promise), { ttl: "5m", softTimeout: 1 });
    setTimeout(() => held.open("fresh"), 20);
    expect(await got).toBe("fresh");
  });

  it("setMaxStale() refuses what is no duration", async () => {
    const { datastore } = setUp();
    await expect(datastore.get("key", ({ setMaxStale }) => setMaxStale("soon" as Duration))).rejects.toThrow(/setMaxStale/);
  });
});

describe("ttl", () => {
  it("ttl is the ttl that was asked for, in milliseconds", async () => {
    const { datastore } = setUp({ ttl: "1h" });
    expect(await datastore.get("a", ({ ttl }) => ttl)).toBe(60 * MINUTE);
    expect(await datastore.get("b", ({ ttl }) => ttl, "5m")).toBe(5 * MINUTE);
  });
});
