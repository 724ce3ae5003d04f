import { describe, expect, it, onTestFinished, vi } from "vitest";
import { DeniedError, type Duration, GoneError, type Loader } from "../src/index.ts";
import { turn } from "./support/gate.ts";
import { DAY, failing, holdDeadlines, idOf, MINUTE, rejectionOf, setUp } from "./support/setting.ts";
import { Breakable, byteCache, hangs, lies, mapCache, throws } from "./support/stores.ts";
import { memoryBackup } from "../src/testing.ts";

/** Everything that counts as a load that failed with `error`. */
const FAILURES: readonly (readonly [string, unknown, Loader<string>])[] = (() => {
  const error = new Error("the source is down");
  const abort = new DOMException("aborted", "AbortError");
  const timeout = new DOMException("timed out", "TimeoutError");
  const textless: unknown = Object.create(null);
  return [
    ["throws", error, () => { throw error; }],
    ["rejects", error, () => Promise.reject(error)],
    ["resolves with an Error", error, async () => error as unknown as string],
    ["returns an Error", error, () => error as unknown as string],
    ["rejects with an AbortError of its own", abort, () => Promise.reject(abort)],
    ["rejects with a TimeoutError of its own", timeout, () => Promise.reject(timeout)],
    ["rejects with a string", "down", () => Promise.reject("down")],
    ["rejects with undefined", undefined, () => Promise.reject(undefined)],
    ["throws null", null, () => { throw null; }],
    ["throws what has no text", textless, () => { throw textless; }],
  ];
})();

describe.each(FAILURES)("a loader that %s", (_, error, load) => {
  it("a failing loader is answered for by the backup", async () => {
    const { datastore, clock } = setUp();
    await datastore.get("key", () => "good", "5m");
    clock.advance(5 * MINUTE);
    expect(await datastore.get("key", load, "5m")).toBe("good");
  });

  it("a failing loader comes through as it is where there is no backup", async () => {
    const { datastore } = setUp();
    expect(await rejectionOf(datastore.get("key", load))).toBe(error);
    expect(await rejectionOf(datastore.getResult("key", load))).toBe(error);
  });

  it("a failing loader leaves its key free for the next load", async () => {
    const { datastore } = setUp();
    await rejectionOf(datastore.get("key", load));
    expect(await datastore.get("key", () => "next")).toBe("next");
  });

  it("the backup of a failing loader is not cached: the next get loads again", async () => {
    const { datastore } = setUp();
    const counted = vi.fn(load);
    await rejectionOf(datastore.get("key", counted));
    await rejectionOf(datastore.get("key", counted));
    expect(counted).toHaveBeenCalledTimes(2);
  });
});

describe.each([
  ["a cache of values", mapCache],
  ["a cache of bytes", byteCache],
])("a fallback with %s", (_, makeCache) => {
  it("the backup of a failing loader is cached for half the ttl, counted from now", async () => {
    const { datastore, clock } = setUp({ cache: makeCache() });
    await datastore.get("key", () => "good", "10m");
    clock.advance(DAY);
    const load = vi.fn(failing());
    await datastore.get("key", load, "10m");
    clock.advance(5 * MINUTE - 1);
    expect(await datastore.get("key", load, "10m")).toBe("good");
    expect(load).toHaveBeenCalledTimes(1);
    clock.advance(1);
    expect(await datastore.get("key", load, "10m")).toBe("good");
    expect(load).toHaveBeenCalledTimes(2);
  });

  it("a failing loader that is not cached is told to other processes once a second at most", async () => {
    const { datastore, backup, clock } = setUp({ ttl: 0, fallbackTtl: 0 });
    await datastore.get("key", () => "good");
    const fallBack = async (): Promise<void> => {
      await datastore.get("key", failing());
      await turn();
    };
    for (let time = 0; time < 5; time++) await fallBack();
    expect(backup.count("write", `o_${idOf("key")}`)).toBe(1);
    clock.advance(1_000);
    await fallBack();
    expect(backup.count("write", `o_${idOf("key")}`)).toBe(2);
  });

  it("the backup of a failing loader is held from now however long the outage", async () => {
    const { datastore, clock } = setUp({ cache: makeCache() });
    await datastore.get("key", () => "good", "10m");
    clock.advance(10 * MINUTE);
    const load = vi.fn(failing());
    for (let round = 1; round <= 50; round++) {
      await datastore.get("key", load, "10m");
      clock.advance(5 * MINUTE - 1);
      expect(await datastore.get("key", load, "10m")).toBe("good");
      expect(load).toHaveBeenCalledTimes(round);
      clock.advance(1);
    }
  });

  it("the backup of a failing loader is cached as long as fallbackTtl says", async () => {
    const { datastore, clock } = setUp({ cache: makeCache(), fallbackTtl: "7s" });
    await datastore.get("key", () => "good", "10m");
    clock.advance(10 * MINUTE);
    const load = vi.fn(failing());
    await datastore.get("key", load, "10m");
    clock.advance(6_999);
    await datastore.get("key", load, "10m");
    expect(load).toHaveBeenCalledTimes(1);
    clock.advance(1);
    await datastore.get("key", load, "10m");
    expect(load).toHaveBeenCalledTimes(2);
  });

  it("still says so when it comes from the cache", async () => {
    const { datastore, clock, start } = setUp({ cache: makeCache() });
    const error = new Error("the source is down");
    await datastore.get("key", () => "good", "10m");
    clock.advance(10 * MINUTE);
    const first = await datastore.getResult("key", failing(error), "10m");
    expect(first).toEqual({ value: "good", source: "backup", stale: true, loadedAt: start, age: 10 * MINUTE, expiresAt: clock.now() + 5 * MINUTE, error });
    clock.advance(MINUTE);
    const hit = await datastore.getResult("key", failing(error), "10m");
    expect(hit).toEqual({ value: "good", source: "cache", stale: true, loadedAt: start, age: 11 * MINUTE, expiresAt: clock.now() + 4 * MINUTE, error });
  });

  it("the backup of a failing loader keeps the time of its load through a hundred fallbacks", async () => {
    const { datastore, clock, start } = setUp({ cache: makeCache() });
    await datastore.get("key", () => "good", "10m");
    for (let round = 0; round < 100; round++) {
      clock.advance(10 * MINUTE);
      const result = await datastore.getResult("key", failing(), "10m");
      expect(result).toMatchObject({ value: "good", loadedAt: start, age: clock.now() - start });
    }
    expect(await datastore.peekBackup("key")).toMatchObject({ loadedAt: start });
  });

  it("the backup of a failing loader is cached also where the cache still holds a newer value that has expired", async () => {
    const { datastore, clock, backup } = setUp({ cache: makeCache() });
    await datastore.get("key", () => "good", "10m");
    clock.advance(10 * MINUTE);
    backup.fails("write", lies(clock.now())); // says that it has stored the newer one, and has not
    await datastore.get("key", () => "newer", "10m");
    backup.heals();
    clock.advance(10 * MINUTE);
    const load = vi.fn(failing());
    expect(await datastore.get("key", load, "10m")).toBe("good");
    expect(await datastore.get("key", load, "10m")).toBe("good");
    expect(load).toHaveBeenCalledTimes(1);
  });

  it("a failing loader ends with the next load that succeeds", async () => {
    const { datastore, clock } = setUp({ cache: makeCache() });
    await datastore.get("key", () => "good", "10m");
    clock.advance(10 * MINUTE);
    await datastore.get("key", failing(), "10m");
    clock.advance(5 * MINUTE);
    const result = await datastore.getResult("key", () => "new", "10m");
    expect(result).toEqual({ value: "new", source: "loader", stale: false, loadedAt: clock.now(), age: 0, expiresAt: clock.now() + 10 * MINUTE });
    expect(await datastore.getResult("key", failing(), "10m")).toMatchObject({ value: "new", source: "cache", stale: false });
  });
});

describe("a fallback", () => {
  it("a fallback answers a new process that has never loaded the key", async () => {
    const { datastore, another, start } = setUp();
    await datastore.get("key", () => "good");
    const elsewhere = another({ cache: mapCache() });
    expect(await elsewhere.getResult("key", failing())).toMatchObject({ value: "good", source: "backup", loadedAt: start });
  });

  it("a fallback is asked for only when the load fails: a good load reads no backup", async () => {
    const { datastore, backup } = setUp();
    await datastore.get("key", () => "good");
    expect(backup.count("read")).toBe(0);
  });

  it("a fallback with a ttl of Infinity is tried again, after two and a half minutes", async () => {
    const { datastore, clock, another } = setUp();
    await datastore.get("key", () => "good", Infinity);
    const elsewhere = another({ cache: mapCache() });
    const load = vi.fn(failing());
    await elsewhere.get("key", load, Infinity);
    clock.advance(2.5 * MINUTE - 1);
    await elsewhere.get("key", load, Infinity);
    expect(load).toHaveBeenCalledTimes(1);
    clock.advance(1);
    await elsewhere.get("key", load, Infinity);
    expect(load).toHaveBeenCalledTimes(2);
  });

  it("a fallback with a ttl of 0 is not cached", async () => {
    const { datastore } = setUp();
    await datastore.get("key", () => "good", 0);
    const load = vi.fn(failing());
    expect(await datastore.get("key", load, 0)).toBe("good");
    expect(await datastore.get("key", load, 0)).toBe("good");
    expect(load).toHaveBeenCalledTimes(2);
  });

  it("a fallback with a fallbackTtl of 0 is not cached", async () => {
    const { datastore, clock } = setUp({ fallbackTtl: 0 });
    await datastore.get("key", () => "good");
    clock.advance(DAY);
    const load = vi.fn(failing());
    await datastore.get("key", load);
    await datastore.get("key", load);
    expect(load).toHaveBeenCalledTimes(2);
  });

  it("a fallback is not spread by jitter", async () => {
    const { datastore, clock } = setUp({ jitter: 1 });
    const keys = Array.from({ length: 50 }, (_, n) => `key ${n}`);
    for (const key of keys) await datastore.get(key, () => "good", "10m");
    clock.advance(10 * MINUTE);
    const load = vi.fn(failing());
    for (const key of keys) await datastore.get(key, load, "10m");
    clock.advance(5 * MINUTE - 1);
    for (const key of keys) await datastore.get(key, load, "10m");
    expect(load).toHaveBeenCalledTimes(keys.length);
  });

  it("a fallback asks a fallbackTtl function with the ttl, the number of failures in a row, and the error", async () => {
    const fallbackTtl = vi.fn((_ttl: number, failures: number, _error: unknown) => failures * 1_000);
    const { datastore, clock } = setUp({ fallbackTtl });
    await datastore.get("key", () => "good", "10m");
    clock.advance(10 * MINUTE);
    const error = new Error("429");
    const load = vi.fn(failing(error));
    await datastore.get("key", load, "10m");
    clock.advance(1_000);
    await datastore.get("key", load, "10m");
    clock.advance(1_999);
    await datastore.get("key", load, "10m"); // two failures: held for two seconds
    expect(load).toHaveBeenCalledTimes(2);
    expect(fallbackTtl.mock.calls).toEqual([[600_000, 1, error], [600_000, 2, error]]);
  });

  it("a fallback counts failures from one again after a recovery", async () => {
    const fallbackTtl = vi.fn((): Duration => "1s");
    const { datastore, clock } = setUp({ fallbackTtl });
    for (const load of [() => "good", failing(), failing(), () => "good", failing()]) {
      clock.advance(10 * MINUTE);
      await datastore.get("key", load, "10m");
    }
    expect(fallbackTtl.mock.calls.map((call: readonly unknown[]) => call[1])).toEqual([1, 2, 1]);
  });

  it.each([
    ["throws", () => { throw new Error("oops"); }],
    ["returns nonsense", () => "soon" as Duration],
    ["returns NaN", () => NaN],
  ])("holds for half the ttl where the fallbackTtl function %s", async (_, fallbackTtl) => {
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    onTestFinished(() => warned.mockRestore());
    const { datastore, clock } = setUp({ fallbackTtl });
    await datastore.get("key", () => "good", "10m");
    clock.advance(10 * MINUTE);
    const load = vi.fn(failing());
    expect(await datastore.get("key", load, "10m")).toBe("good");
    clock.advance(5 * MINUTE - 1);
    await datastore.get("key", load, "10m");
    expect(load).toHaveBeenCalledTimes(1);
    clock.advance(1);
    await datastore.get("key", load, "10m");
    expect(load).toHaveBeenCalledTimes(2);
  });
});

describe("maxStale", () => {
  it("maxStale lets a backup stand in up to this age, and none that is older", async () => {
    const { datastore, clock } = setUp({ maxStale: "1h", fallbackTtl: 0 });
    const error = new Error("the source is down");
    await datastore.get("key", () => "good", "5m");
    clock.advance(60 * MINUTE);
    expect(await datastore.get("key", failing(error), "5m")).toBe("good");
    clock.advance(1);
    expect(await rejectionOf(datastore.get("key", failing(error), "5m"))).toBe(error);
  });

  it("maxStale holds though each fallback refills the cache", async () => {
    const { datastore, clock } = setUp({ maxStale: "1h" });
    const error = new Error("the source is down");
    await datastore.get("key", () => "good", "40m");
    clock.advance(50 * MINUTE);
    expect(await datastore.get("key", failing(error), "40m")).toBe("good"); // would be cached for 20 minutes
    clock.advance(10 * MINUTE + 1);
    expect(await rejectionOf(datastore.get("key", failing(error), "40m"))).toBe(error);
  });

  it("maxStale of one get holds for that get alone", async () => {
    const { datastore, clock } = setUp();
    const error = new Error("the source is down");
    await datastore.get("key", () => "good", "5m");
    clock.advance(DAY);
    expect(await rejectionOf(datastore.get("key", failing(error), { maxStale: "1h" }))).toBe(error);
    expect(await datastore.get("key", failing(error))).toBe("good");
  });

  it("maxStale holds for a fallback that another caller has put into the cache", async () => {
    const { datastore, clock } = setUp();
    await datastore.get("key", () => "good", "5m");
    clock.advance(DAY);
    await datastore.get("key", failing(), "5m");
    const error = new Error("the source is down");
    expect(await rejectionOf(datastore.get("key", failing(error), { maxStale: "1h" }))).toBe(error);
    expect(await datastore.get("key", () => "new", { maxStale: "1h" })).toBe("new");
  });

  it("maxStale holds for a caller that joins the load of one without it", async () => {
    const { datastore, clock } = setUp();
    await datastore.get("key", () => "good", "5m");
    clock.advance(DAY);
    const error = new Error("the source is down");
    const patient = datastore.get("key", failing(error));
    const strict = rejectionOf(datastore.get("key", failing(error), { maxStale: "1h" }));
    expect(await patient).toBe("good");
    expect(await strict).toBe(error);
  });

  it("maxStale does not touch a value that the cache holds as fresh", async () => {
    const { datastore, clock } = setUp();
    await datastore.get("key", () => "good", "10d");
    clock.advance(DAY);
    expect(await datastore.get("key", failing(), { maxStale: "1h" })).toBe("good");
  });

  it("maxStale of 0 lets no backup stand in that is older than now", async () => {
    const { datastore, clock } = setUp({ maxStale: 0 });
    const error = new Error("the source is down");
    await datastore.get("key", () => "good", "5m");
    clock.advance(5 * MINUTE);
    expect(await rejectionOf(datastore.get("key", failing(error)))).toBe(error);
  });

  it("maxStale does not hide a backup from peekBackup and lastGood", async () => {
    const { datastore, clock } = setUp({ maxStale: "1h" });
    await datastore.get("key", () => "good", "5m");
    clock.advance(DAY);
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "good", age: DAY });
    expect(await datastore.get("key", async ({ lastGood }) => (await lastGood())?.value)).toBe("good");
  });
});

describe("an error that says gone", () => {
  it("an error that says gone comes through though there is a backup, and deletes it", async () => {
    const { datastore, clock } = setUp();
    const gone = new GoneError("no such user");
    await datastore.get("key", () => "good", "5m");
    clock.advance(5 * MINUTE);
    expect(await rejectionOf(datastore.get("key", failing(gone), "5m"))).toBe(gone);
    expect(await datastore.peekBackup("key")).toBeUndefined();
    const error = new Error("the source is down");
    expect(await rejectionOf(datastore.get("key", failing(error), "5m"))).toBe(error);
  });

  it("an error that says gone is known by a registered symbol: two copies of the package agree", async () => {
    const { datastore, clock } = setUp();
    const gone = Object.assign(new Error("no such user"), { [Symbol.for("lastgood.gone")]: true });
    await datastore.get("key", () => "good", "5m");
    clock.advance(5 * MINUTE);
    expect(await rejectionOf(datastore.get("key", failing(gone), "5m"))).toBe(gone);
    expect(await datastore.peekBackup("key")).toBeUndefined();
  });
});

describe("an error that says denied", () => {
  it("an error that says denied comes through though there is a backup, and keeps it", async () => {
    const { datastore, clock } = setUp();
    const denied = new DeniedError("not for you");
    await datastore.get("key", () => "good", "5m");
    clock.advance(5 * MINUTE);
    expect(await rejectionOf(datastore.get("key", failing(denied), "5m"))).toBe(denied);
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "good" });
    expect(await datastore.get("key", failing(), "5m")).toBe("good");
  });

  it("an error that says denied is known by a registered symbol", async () => {
    const { datastore, clock } = setUp();
    const denied = Object.assign(new Error("not for you"), { [Symbol.for("lastgood.denied")]: true });
    await datastore.get("key", () => "good", "5m");
    clock.advance(5 * MINUTE);
    expect(await rejectionOf(datastore.get("key", failing(denied), "5m"))).toBe(denied);
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "good" });
  });
});

describe("shouldFallback", () => {
  it("shouldFallback decides which errors fall back", async () => {
    const { datastore, clock } = setUp({ shouldFallback: (error) => error !== "mine" });
    await datastore.get("key", () => "good", "5m");
    clock.advance(5 * MINUTE);
    expect(await rejectionOf(datastore.get("key", failing("mine"), "5m"))).toBe("mine");
    expect(await datastore.get("key", failing("theirs"), "5m")).toBe("good");
  });

  it("overrides what GoneError and DeniedError say", async () => {
    const { datastore, clock } = setUp({ shouldFallback: () => true, fallbackTtl: 0 });
    await datastore.get("key", () => "good", "5m");
    clock.advance(5 * MINUTE);
    expect(await datastore.get("key", failing(new GoneError()), "5m")).toBe("good");
    expect(await datastore.get("key", failing(new DeniedError()), "5m")).toBe("good");
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "good" });
  });

  it("shouldFallback is asked with the time-out as well", async () => {
    const shouldFallback = vi.fn(() => false);
    holdDeadlines();
    const { datastore } = setUp({ shouldFallback });
    const rejection = rejectionOf(datastore.get("key", () => new Promise(() => {})));
    await vi.advanceTimersByTimeAsync(30_000);
    const error = await rejection;
    expect(error).toMatchObject({ code: "LOAD_TIMEOUT" });
    expect(shouldFallback).toHaveBeenCalledWith(error);
  });

  it("shouldFallback that throws has not refused: the loader's own error or the backup answers, never its own", async () => {
    const { datastore, clock } = setUp({
      shouldFallback: () => {
        throw new TypeError("error.status of undefined");
      },
    });
    const error = new Error("the source is down");
    expect(await rejectionOf(datastore.get("none", failing(error)))).toBe(error);
    await datastore.get("key", () => "good", "5m");
    clock.advance(5 * MINUTE);
    expect(await datastore.get("key", failing(error), "5m")).toBe("good");
  });
});

describe("generations", () => {
  it("fall from a newest record that is damaged to the one before", async () => {
    const real = memoryBackup();
    const { datastore, clock, told, start, another } = setUp({ backup: real });
    await datastore.get("key", () => "one", "5m");
    clock.advance(5 * MINUTE);
    await datastore.get("key", () => "two", "5m");
    damageNewest(real);
    const elsewhere = another({ cache: mapCache() });
    expect(await elsewhere.getResult("key", failing())).toMatchObject({ value: "one", loadedAt: start });
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "one" });
    expect(told.of("backupCorrupt")).toEqual([{ key: "key", loadedAt: start + 5 * MINUTE, reason: expect.any(String) }]);
  });

  it("generations of a record that is damaged stay where they are: a newer release may own it", async () => {
    const real = memoryBackup();
    const { datastore, backup } = setUp({ backup: real });
    await datastore.get("key", () => "one");
    damageNewest(real);
    await datastore.peekBackup("key");
    await datastore.get("key", () => "one");
    expect(backup.count("delete")).toBe(0);
    expect(real.read(await onlyId(real))).toBeDefined();
  });

  it("generations that are all unusable count as none: the loader's own error comes through", async () => {
    const { datastore, backup, told } = setUp();
    const error = new Error("the source is down");
    backup.fails("read", lies({ bytes: Buffer.from("<html>"), loadedAt: 1 }));
    expect(await rejectionOf(datastore.get("key", failing(error)))).toBe(error);
    expect(told.of("backupCorrupt").length).toBeGreaterThan(0);
  });

  it("generations that a store never comes to the end of are given up", async () => {
    const endless = new Breakable(memoryBackup());
    const { datastore } = setUp({ backup: endless.adapter });
    const error = new Error("the source is down");
    let stamp = 1_000_000;
    endless.fails("read", () => ({ bytes: new Uint8Array(9), loadedAt: stamp-- }));
    expect(await rejectionOf(datastore.get("key", failing(error)))).toBe(error);
    expect(endless.count("read")).toBeLessThan(100);
  });
});

describe("the fallback of a load", () => {
  it("the fallback of a load is not held up by a cache that hangs for longer than cacheTimeout", async () => {
    holdDeadlines();
    const { datastore, cache, clock } = setUp({ cacheTimeout: "2s" });
    await datastore.get("key", () => "good", "5m");
    clock.advance(5 * MINUTE);
    cache.fails("set", hangs());
    const got = datastore.get("key", failing(), "5m");
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await got).toBe("good");
  });

  it("the fallback of a load answers though the cache does not take it", async () => {
    const { datastore, cache, clock } = setUp();
    await datastore.get("key", () => "good", "5m");
    clock.advance(5 * MINUTE);
    cache.fails("set", throws());
    expect(await datastore.get("key", failing(), "5m")).toBe("good");
  });
});

async function onlyId(backup: ReturnType<typeof memoryBackup>): Promise<string> {
  for await (const { id } of backup.list()) return id;
  throw new Error("the backup is empty");
}

/** Flips a bit in the payload of the newest record of the only id. The bytes of a record are copies: hence the rewriting. */
function damageNewest(backup: ReturnType<typeof memoryBackup>): void {
  const { read } = backup;
  backup.read = async (id, options) => {
    const record = await read.call(backup, id, options);
    if (record === undefined || options?.before !== undefined) return record;
    const bytes = new Uint8Array(record.bytes);
    bytes[bytes.length - 5] = (bytes[bytes.length - 5] ?? 0) ^ 1;
    return { bytes, loadedAt: record.loadedAt };
  };
}
