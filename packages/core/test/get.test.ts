import { describe, expect, expectTypeOf, it, vi } from "vitest";
import { Datastore, type DatastoreError, type Duration, type Result } from "../src/index.ts";
import { DAY, failing, holdDeadlines, idOf, MINUTE, rejectionOf, setUp } from "./support/setting.ts";
import { byteCache, hangs, isSlow, mapCache } from "./support/stores.ts";

/** Everything that is a value, `undefined` alone is not. */
const VALUES = [null, 0, -0, "", false, NaN, [], {}, new Map()].map((value: unknown) => ({ value }));

const CACHES = { "a cache of values": mapCache, "a cache of bytes": byteCache };

describe.each(Object.entries(CACHES))("get on %s", (_, makeCache) => {
  it("get answers with what the loader resolves with", async () => {
    const { datastore } = setUp({ cache: makeCache() });
    expect(await datastore.get("key", async () => "loaded")).toBe("loaded");
  });

  it("get answers with what the loader returns at once", async () => {
    const { datastore } = setUp({ cache: makeCache() });
    expect(await datastore.get("key", () => "loaded")).toBe("loaded");
  });

  it("get answers from the cache until the ttl is over, and not a millisecond longer", async () => {
    const { datastore, clock } = setUp({ cache: makeCache() });
    await datastore.get("key", () => "old", "5m");
    clock.advance(5 * MINUTE - 1);
    expect(await datastore.get("key", () => "new", "5m")).toBe("old");
    clock.advance(1);
    expect(await datastore.get("key", () => "new", "5m")).toBe("new");
  });

  it("get counts the ttl from the end of the load", async () => {
    const { datastore, clock } = setUp({ cache: makeCache() });
    const slowly = async (): Promise<string> => (clock.advance(MINUTE), "old");
    await datastore.get("key", slowly, "5m");
    clock.advance(5 * MINUTE - 1);
    expect(await datastore.get("key", () => "new", "5m")).toBe("old");
    clock.advance(1);
    expect(await datastore.get("key", () => "new", "5m")).toBe("new");
  });

  it.each(VALUES)("get takes $value for a value: it is cached and backed up", async ({ value }) => {
    const { datastore, another } = setUp({ cache: makeCache() });
    const load = vi.fn(() => value);
    await datastore.get("key", load);
    expect(await datastore.get("key", load)).toEqual(value);
    expect(load).toHaveBeenCalledTimes(1);
    expect(await another({ cache: mapCache() }).get("key", failing())).toEqual(value);
  });

  it("get gives the caller undefined and keeps nothing", async () => {
    const { datastore, cache, backup } = setUp({ cache: makeCache() });
    const load = vi.fn(() => undefined);
    expect(await datastore.get("key", load)).toBeUndefined();
    expect(await datastore.get("key", load)).toBeUndefined();
    expect(load).toHaveBeenCalledTimes(2);
    expect(cache.count("set")).toBe(0);
    expect(backup.count("write")).toBe(0);
  });

  it("get keeps an earlier value when a load ends with undefined", async () => {
    const { datastore, clock } = setUp({ cache: makeCache() });
    await datastore.get("key", () => "good", "5m");
    clock.advance(5 * MINUTE);
    await datastore.get("key", () => undefined, "5m");
    expect(await datastore.get("key", failing(), "5m")).toBe("good");
  });

  it("get does not cache with a ttl of 0, and backs up all the same", async () => {
    const { datastore, cache, another } = setUp({ cache: makeCache() });
    const load = vi.fn(() => "loaded");
    await datastore.get("key", load, 0);
    await datastore.get("key", load, 0);
    expect(load).toHaveBeenCalledTimes(2);
    expect(cache.count("set")).toBe(0);
    expect(await another().get("key", failing(), 0)).toBe("loaded");
  });

  it("get takes a negative ttl for 0", async () => {
    const { datastore, cache, another } = setUp({ cache: makeCache() });
    const load = vi.fn(() => "loaded");
    await datastore.get("key", load, -5_000);
    await datastore.get("key", load, -5_000);
    expect(load).toHaveBeenCalledTimes(2);
    expect(cache.count("set")).toBe(0);
    expect(await another().get("key", failing(), -5_000)).toBe("loaded");
  });

  it("get never expires with a ttl of Infinity", async () => {
    const { datastore, clock } = setUp({ cache: makeCache() });
    await datastore.get("key", () => "old", Infinity);
    clock.advance(100 * 365 * DAY);
    expect(await datastore.get("key", () => "new", Infinity)).toBe("old");
  });

  it("get keeps a value fresh for 60 days, longer than a timer can run", async () => {
    const { datastore, clock } = setUp({ cache: makeCache() });
    await datastore.get("key", () => "old", "60d");
    clock.advance(60 * DAY - 1);
    expect(await datastore.get("key", () => "new", "60d")).toBe("old");
    clock.advance(1);
    expect(await datastore.get("key", () => "new", "60d")).toBe("new");
  });

  it("get sets no timer per key", async () => {
    holdDeadlines();
    const { datastore } = setUp({ cache: makeCache() });
    for (let n = 0; n < 100; n++) await datastore.get(`key ${n}`, () => n, "1h");
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("get", () => {
  it("hands the loader its key", async () => {
    const { datastore } = setUp();
    expect(await datastore.get("the key", ({ key }) => key)).toBe("the key");
  });

  it("hands the loader a signal that is not aborted", async () => {
    const { datastore } = setUp();
    expect(await datastore.get("key", ({ signal }) => signal.aborted)).toBe(false);
  });

  it("hands the loader the last good value, or undefined where there is none", async () => {
    const { datastore, clock, start } = setUp();
    expect(await datastore.get("key", async ({ lastGood }) => (await lastGood())?.value ?? "none", "5m")).toBe("none");
    clock.advance(6 * MINUTE);
    let last: Result<string> | undefined;
    await datastore.get("key", async ({ lastGood }) => ((last = await lastGood<string>()), "new"), "5m");
    expect(last).toMatchObject({ value: "none", source: "backup", loadedAt: start, age: 6 * MINUTE });
  });

  it("get lets the loader set the ttl of its value", async () => {
    const { datastore, clock } = setUp();
    await datastore.get("key", ({ setTtl }) => (setTtl("10s"), "old"), "5m");
    clock.advance(9_999);
    expect(await datastore.get("key", () => "new", "5m")).toBe("old");
    clock.advance(1);
    expect(await datastore.get("key", () => "new", "5m")).toBe("new");
  });

  it("get takes a ttl that the loader cannot have meant for a failed load", async () => {
    const { datastore } = setUp();
    const error = await rejectionOf(datastore.get("key", ({ setTtl }) => setTtl("soon" as Duration)));
    expect(error).toBeInstanceOf(RangeError);
    expect(String(error)).toContain("setTtl");
  });

  it("get keeps fresh for 5 minutes where no ttl is given", async () => {
    const { datastore, clock } = setUp();
    await datastore.get("key", () => "old");
    clock.advance(5 * MINUTE - 1);
    expect(await datastore.get("key", () => "new")).toBe("old");
    clock.advance(1);
    expect(await datastore.get("key", () => "new")).toBe("new");
  });

  it("get takes the ttl of the constructor where get gives none, and that of get where it does", async () => {
    const { datastore, clock } = setUp({ ttl: "1m" });
    await datastore.get("a", () => "old");
    await datastore.get("b", () => "old", "2m");
    await datastore.get("c", () => "old", { ttl: "3m" });
    clock.advance(MINUTE);
    expect(await datastore.get("a", () => "new")).toBe("new");
    expect(await datastore.get("b", () => "new")).toBe("old");
    clock.advance(MINUTE);
    expect(await datastore.get("b", () => "new")).toBe("new");
    expect(await datastore.get("c", () => "new")).toBe("old");
  });

  it("get writes what it loaded to the backup before it answers", async () => {
    const { datastore, backup } = setUp();
    backup.fails("write", isSlow);
    await datastore.get("key", () => "loaded");
    expect(backup.adapter.read(idOf("key"))).toBeDefined();
  });

  it("get waits a second for its backup write, and no longer", async () => {
    holdDeadlines();
    const { datastore, backup } = setUp();
    backup.fails("write", hangs());
    const settled = vi.fn();
    const got = datastore.get("key", () => "loaded").finally(settled);
    await vi.advanceTimersByTimeAsync(999);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(settled).toHaveBeenCalled();
    expect(await got).toBe("loaded");
  });

  it("get waits for its backup write as long as backupWait says", async () => {
    holdDeadlines();
    const { datastore, backup } = setUp({ backupWait: "3s" });
    backup.fails("write", hangs());
    const settled = vi.fn();
    const got = datastore.get("key", () => "loaded").finally(settled);
    await vi.advanceTimersByTimeAsync(2_999);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(await got).toBe("loaded");
  });

  it("get writes behind with a backupWait of 0", async () => {
    const { datastore, backup } = setUp({ backupWait: 0 });
    const held = hangs();
    backup.fails("write", held);
    expect(await datastore.get("key", () => "loaded")).toBe("loaded");
    held.release();
    await datastore.flush();
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "loaded" });
  });

  it("spreads the ttl by jitter, downwards and no further than it says", async () => {
    const { datastore, clock } = setUp({ jitter: 0.1 });
    const keys = Array.from({ length: 200 }, (_, n) => `key ${n}`);
    for (const key of keys) await datastore.get(key, () => "old", "100s");
    clock.advance(90_000 - 1);
    for (const key of keys) expect(await datastore.get(key, () => "new", "100s")).toBe("old");
    clock.advance(5_000);
    const values = await Promise.all(keys.map((key) => datastore.get(key, () => "new", "100s")));
    expect(new Set(values)).toEqual(new Set(["old", "new"]));
    clock.advance(5_001);
    expect(await datastore.get("key 0", () => "newest", "100s")).not.toBe("old");
  });

  it("get shows the source, the time and the age of a loaded value and of its hit", async () => {
    const { datastore, clock, start } = setUp();
    const loaded = await datastore.getResult("key", () => "value", "5m");
    expect(loaded).toEqual({ value: "value", source: "loader", stale: false, loadedAt: start, age: 0, expiresAt: start + 5 * MINUTE });
    clock.advance(MINUTE);
    const hit = await datastore.getResult("key", () => "other", "5m");
    expect(hit).toEqual({ value: "value", source: "cache", stale: false, loadedAt: start, age: MINUTE, expiresAt: start + 5 * MINUTE });
  });

  it("get says that a value was loaded when its load started", async () => {
    const { datastore, clock, start } = setUp();
    const slowly = async (): Promise<string> => (clock.advance(MINUTE), "value");
    expect(await datastore.getResult("key", slowly)).toMatchObject({ loadedAt: start, age: MINUTE });
  });

  it("get refuses a key that is no string, and a loader that is no function", async () => {
    const { datastore } = setUp();
    // What TypeScript would not let through, plain JavaScript does.
    const careless = datastore as unknown as { get(...args: readonly unknown[]): Promise<unknown> };
    await expect(careless.get(1, () => 1)).rejects.toThrow(new TypeError("get: key must be a string; got 1"));
    await expect(careless.get("key", "loader")).rejects.toThrow(TypeError);
    await expect(careless.get("key", "loader")).rejects.toThrow(/get: loader must be a function; got "loader"/);
  });

  it("infers the type of the value from the loader", () => {
    const { datastore } = setUp();
    const load = async (): Promise<{ id: number }> => ({ id: 1 });
    expectTypeOf(datastore.get("a", load)).resolves.toEqualTypeOf<{ id: number }>();
    expectTypeOf(datastore.get("b", () => 1, "5m")).resolves.toEqualTypeOf<number>();
    expectTypeOf(datastore.get("c", ({ key }) => key.length, { ttl: "5m" })).resolves.toEqualTypeOf<number>();
    expectTypeOf(datastore.getResult("d", load)).resolves.toEqualTypeOf<Result<{ id: number }>>();
  });
});

describe("a load that takes too long", () => {
  it("a load that takes too long has failed with LOAD_TIMEOUT after 30 seconds", async () => {
    holdDeadlines();
    const { datastore } = setUp();
    const settled = vi.fn();
    const error = rejectionOf(datastore.get("key", () => new Promise(() => {})).finally(settled));
    await vi.advanceTimersByTimeAsync(29_999);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(await error).toMatchObject({ name: "DatastoreError", code: "LOAD_TIMEOUT", key: "key" });
  });

  it("a load that takes too long has failed after the timeout that get names", async () => {
    holdDeadlines();
    const { datastore } = setUp();
    const error = rejectionOf(datastore.get("key", () => new Promise(() => {}), { timeout: "2s" }));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await error).toMatchObject({ code: "LOAD_TIMEOUT" });
  });

  it("a load that takes too long has its signal aborted with the time-out as the reason", async () => {
    holdDeadlines();
    const { datastore } = setUp();
    let signal: AbortSignal | undefined;
    const error = rejectionOf(
      datastore.get("key", (context) => ((signal = context.signal), new Promise(() => {})), { timeout: "2s" }),
    );
    await vi.advanceTimersByTimeAsync(2_000);
    expect(signal?.aborted).toBe(true);
    expect(signal?.reason).toBe(await error);
  });

  it("frees its key for the next load", async () => {
    holdDeadlines();
    const { datastore } = setUp();
    const error = rejectionOf(datastore.get("key", () => new Promise(() => {}), { timeout: "2s" }));
    await vi.advanceTimersByTimeAsync(2_000);
    await error;
    expect(await datastore.get("key", () => "next")).toBe("next");
  });

  it("a load that takes too long is answered from the backup where there is one", async () => {
    holdDeadlines();
    const { datastore, clock } = setUp();
    await datastore.get("key", () => "good", "5m");
    clock.advance(5 * MINUTE);
    const got = datastore.getResult("key", () => new Promise<string>(() => {}), "5m");
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await got).toMatchObject({ value: "good", source: "backup", stale: true, error: { code: "LOAD_TIMEOUT" } });
  });

  it("a load that takes too long never ends by itself with a timeout of Infinity", async () => {
    holdDeadlines();
    const { datastore } = setUp();
    const settled = vi.fn();
    let answer: (value: string) => void = () => {};
    const got = datastore.get("key", () => new Promise<string>((resolve) => (answer = resolve)), { timeout: Infinity });
    void got.then(settled);
    await vi.advanceTimersByTimeAsync(30 * DAY);
    expect(settled).not.toHaveBeenCalled();
    answer("at last");
    expect(await got).toBe("at last");
  });

  it("a load that takes too long may take longer than a timer can run", async () => {
    holdDeadlines();
    const { datastore } = setUp();
    let answer: (value: string) => void = () => {};
    const got = datastore.get("key", () => new Promise<string>((resolve) => (answer = resolve)), { timeout: "60d" });
    await vi.advanceTimersByTimeAsync(1_000);
    answer("in time");
    expect(await got).toBe("in time");
  });
});

describe("a caller's signal", () => {
  it("a caller's signal rejects this caller with its reason, and the load goes on for the others", async () => {
    const { datastore } = setUp();
    let answer: (value: string) => void = () => {};
    const load = vi.fn(() => new Promise<string>((resolve) => (answer = resolve)));
    const caller = new AbortController();
    const mine = rejectionOf(datastore.get("key", load, { signal: caller.signal }));
    const other = datastore.get("key", load);
    const reason = new Error("the reader has gone");
    caller.abort(reason);
    expect(await mine).toBe(reason);
    answer("loaded");
    expect(await other).toBe("loaded");
    expect(load).toHaveBeenCalledTimes(1);
  });

  it("a caller's signal does not abort the signal of the load", async () => {
    const { datastore } = setUp();
    let answer: (value: string) => void = () => {};
    let signal: AbortSignal | undefined;
    const caller = new AbortController();
    const mine = datastore.get(
      "key",
      (context) => {
        signal = context.signal;
        return new Promise<string>((resolve) => (answer = resolve));
      },
      { signal: caller.signal },
    );
    const other = datastore.get("key", () => "never called");
    await vi.waitFor(() => expect(signal).toBeDefined());
    caller.abort();
    await rejectionOf(mine);
    expect(signal?.aborted).toBe(false);
    answer("loaded");
    expect(await other).toBe("loaded");
  });

  it("a caller's signal that is aborted already rejects at once, and nobody is asked", async () => {
    const { datastore, cache } = setUp();
    const reason = new Error("the reader has gone");
    const load = vi.fn(() => "loaded");
    expect(await rejectionOf(datastore.get("key", load, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(load).not.toHaveBeenCalled();
    expect(cache.calls).toEqual([]);
  });

  it("a caller's signal rejects while the cache is being asked", async () => {
    const { datastore, cache } = setUp();
    const held = hangs();
    cache.fails("get", held);
    const caller = new AbortController();
    const mine = rejectionOf(datastore.get("key", () => "loaded", { signal: caller.signal }));
    caller.abort("enough");
    expect(await mine).toBe("enough");
    held.release();
  });

  it("a caller's signal is not taken for a failed load: nothing falls back and no event says so", async () => {
    const { datastore, clock, told } = setUp();
    await datastore.get("key", () => "good", "5m");
    clock.advance(5 * MINUTE);
    told.forget();
    const caller = new AbortController();
    const mine = rejectionOf(datastore.get("key", () => new Promise<string>(() => {}), { signal: caller.signal, ttl: "5m" }));
    caller.abort("enough");
    expect(await mine).toBe("enough");
    expect(told.names).not.toContain("fallback");
    expect(told.names).not.toContain("loadFailed");
  });

  it("disturbs nobody when it is aborted after the answer", async () => {
    const { datastore } = setUp();
    const caller = new AbortController();
    expect(await datastore.get("key", () => "loaded", { signal: caller.signal })).toBe("loaded");
    caller.abort();
    expect(await datastore.get("key", () => "other")).toBe("loaded");
  });
});

describe("set", () => {
  it("set keeps a value in cache and backup", async () => {
    const { datastore, another, start } = setUp();
    await datastore.set("key", "value", "5m");
    expect(await datastore.getResult("key", failing())).toMatchObject({ value: "value", source: "cache", stale: false });
    const elsewhere = another({ cache: mapCache() });
    expect(await elsewhere.getResult("key", failing())).toMatchObject({ value: "value", source: "backup", loadedAt: start });
  });

  it("set keeps it fresh for its ttl", async () => {
    const { datastore, clock } = setUp();
    await datastore.set("key", "old", "1m");
    clock.advance(MINUTE - 1);
    expect(await datastore.get("key", () => "new")).toBe("old");
    clock.advance(1);
    expect(await datastore.get("key", () => "new")).toBe("new");
  });

  it("replaces what was cached", async () => {
    const { datastore } = setUp();
    await datastore.get("key", () => "old");
    await datastore.set("key", "new");
    expect(await datastore.get("key", () => "other")).toBe("new");
  });

  it("set with a ttl of 0 forgets the cached copy and keeps the value in the backup", async () => {
    const { datastore, cache } = setUp();
    await datastore.get("key", () => "old");
    cache.calls.length = 0;
    await datastore.set("key", "new", 0);
    expect(cache.count("set")).toBe(0);
    expect(await datastore.get("key", failing())).toBe("new");
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "new" });
  });

  it("set refuses undefined", async () => {
    const { datastore } = setUp();
    await expect(datastore.set("key", undefined)).rejects.toThrow(TypeError);
    await expect(datastore.set("key", undefined)).rejects.toThrow(/"key".*delete/);
  });

  it("set refuses what cannot be kept, and keeps nothing of it", async () => {
    const { datastore, cache, backup } = setUp();
    await expect(datastore.set("key", () => {})).rejects.toMatchObject({ code: "UNSERIALIZABLE" });
    expect(cache.count("set")).toBe(0);
    expect(backup.count("write")).toBe(0);
  });
});

describe("expire", () => {
  it("forgets the cached copy, so that the next get loads", async () => {
    const { datastore } = setUp();
    await datastore.get("key", () => "old");
    await datastore.expire("key");
    expect(await datastore.get("key", () => "new")).toBe("new");
  });

  it("expire keeps the backup", async () => {
    const { datastore } = setUp();
    await datastore.get("key", () => "good");
    await datastore.expire("key");
    expect(await datastore.get("key", failing())).toBe("good");
  });

  it("expire of a key that is not there is no error", async () => {
    const { datastore } = setUp();
    await expect(datastore.expire("key")).resolves.toBeUndefined();
  });
});

describe("delete", () => {
  it("forgets the cached copy and the backup", async () => {
    const { datastore } = setUp();
    const error = new Error("the source is down");
    await datastore.get("key", () => "good");
    await datastore.delete("key");
    expect(await rejectionOf(datastore.get("key", failing(error)))).toBe(error);
    expect(await datastore.peekBackup("key")).toBeUndefined();
  });

  it("forgets every generation of the backup", async () => {
    const { datastore, clock } = setUp();
    await datastore.get("key", () => "one", "1m");
    clock.advance(MINUTE);
    await datastore.get("key", () => "two", "1m");
    await datastore.delete("key");
    expect(await datastore.peekBackup("key")).toBeUndefined();
  });

  it("delete leaves other keys alone", async () => {
    const { datastore } = setUp();
    await datastore.get("one", () => 1);
    await datastore.get("two", () => 2);
    await datastore.delete("one");
    expect(await datastore.get("two", () => 3)).toBe(2);
    expect(await datastore.peekBackup("two")).toMatchObject({ value: 2 });
  });

  it("delete lets a value be kept again", async () => {
    const { datastore } = setUp();
    await datastore.get("key", () => "one");
    await datastore.delete("key");
    await datastore.get("key", () => "two");
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "two" });
  });

  it("delete of a key that is not there is no error", async () => {
    const { datastore } = setUp();
    await expect(datastore.delete("key")).resolves.toBeUndefined();
  });
});

describe("peekBackup", () => {
  it("peekBackup is the last good result, and calls no loader", async () => {
    const { datastore, clock, start } = setUp();
    await datastore.get("key", () => "good");
    clock.advance(DAY);
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "good", source: "backup", loadedAt: start, age: DAY });
  });

  it("peekBackup is undefined where there is none", async () => {
    const { datastore } = setUp();
    expect(await datastore.peekBackup("key")).toBeUndefined();
  });

  it("peekBackup is not moved by the fallback or by the cache", async () => {
    const { datastore, clock, start } = setUp();
    await datastore.get("key", () => "good", "5m");
    clock.advance(5 * MINUTE);
    await datastore.get("key", failing(), "5m");
    await datastore.get("key", failing(), "5m");
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "good", loadedAt: start });
  });
});

describe("a closed datastore", () => {
  it("a closed datastore refuses every call with CLOSED", async () => {
    const { datastore } = setUp();
    await datastore.close();
    const closed: Partial<DatastoreError> = { code: "CLOSED" };
    await expect(datastore.get("key", () => 1)).rejects.toMatchObject(closed);
    await expect(datastore.getResult("key", () => 1)).rejects.toMatchObject(closed);
    await expect(datastore.set("key", 1)).rejects.toMatchObject(closed);
    await expect(datastore.expire("key")).rejects.toMatchObject(closed);
    await expect(datastore.delete("key")).rejects.toMatchObject(closed);
    await expect(datastore.peekBackup("key")).rejects.toMatchObject(closed);
    await expect(datastore.cull()).rejects.toMatchObject(closed);
    await expect(datastore.flush()).rejects.toMatchObject(closed);
  });

  it("a closed datastore closes its stores once, however often it is closed", async () => {
    const close = vi.fn();
    const { datastore, backup } = setUp({ cache: { ...mapCache(), close } });
    await Promise.all([datastore.close(), datastore.close()]);
    await datastore.close();
    expect(close).toHaveBeenCalledTimes(1);
    expect(backup.count("close")).toBe(0); // it has nothing to close
  });

  it("a closed datastore is what `await using` leaves behind", async () => {
    const { cache, backup } = setUp();
    let used: Datastore;
    {
      await using datastore = new Datastore({ cache: cache.adapter, backup: backup.adapter });
      used = datastore;
      await datastore.get("key", () => 1);
    }
    await expect(used.get("key", () => 1)).rejects.toMatchObject({ code: "CLOSED" });
  });
});
