import { describe, expect, it, vi } from "vitest";
import { type ByteCacheAdapter, GoneError, type LoadMany } from "../src/index.ts";
import { gate, turn } from "./support/gate.ts";
import { failing, holdDeadlines, MINUTE, rejectionOf, setUp } from "./support/setting.ts";
import { byteCache, lies, mapCache, rejects, throws } from "./support/stores.ts";

/** A cache of bytes that reads many ids in one call. */
function manyCache(): ByteCacheAdapter {
  const cache = byteCache();
  return { ...cache, getMany: async (ids) => ids.map((id) => cache.stored.get(id)) };
}

const upper: LoadMany<string> = (keys) => keys.map((key) => key.toUpperCase());
const keysTo = (count: number): string[] => Array.from({ length: count }, (_, index) => `k${index}`);

describe.each([
  ["a cache of values", mapCache],
  ["a cache of bytes", byteCache],
  ["a cache of bytes that reads many", manyCache],
] as const)("getMany, with %s,", (_, makeCache) => {
  it("getMany names every outcome of 1,000 keys, of which 300 are missing, 50 in flight, 20 fail, and 5 of those have no backup", async () => {
    const { datastore, cache, clock } = setUp({ cache: makeCache() });
    const keys = keysTo(1_000);
    // k0 to k699 are cached, k700 to k749 in flight, and the last 20 fail: k980 to k994 with a backup, k995 to k999 without.
    const withBackup = keys.slice(980, 995);
    await datastore.getMany(withBackup, (names) => names.map((name) => `old ${name}`), "5m");
    clock.advance(6 * MINUTE);
    await datastore.getMany(keys.slice(0, 700), upper, "5m");
    const held = gate<string>();
    const flights = keys.slice(700, 750).map((key) => datastore.get(key, () => held.promise.then((value) => `${value} ${key}`), "5m"));
    await turn();
    cache.calls.length = 0;
    const down = new Error("down");
    const loadMany = vi.fn<LoadMany<string>>((names) => new Map(names.map((name) => [name, Number(name.slice(1)) < 980 ? name.toUpperCase() : down] as const)));
    const asked = datastore.getManyResults(keys, loadMany, "5m");
    await turn();
    await turn();
    held.open("flown");
    const outcomes = await asked;
    await Promise.all(flights);
    expect(outcomes.map(({ key }) => key)).toEqual(keys);
    expect(loadMany).toHaveBeenCalledTimes(1);
    expect(loadMany.mock.calls[0]?.[0]).toEqual(keys.slice(750));
    const named = outcomes.map((outcome) => (outcome.ok ? `${outcome.result.source} ${outcome.result.stale} ${outcome.result.value}` : outcome.error));
    expect(named.slice(0, 700)).toEqual(keys.slice(0, 700).map((key) => `cache false ${key.toUpperCase()}`));
    expect(named.slice(700, 750)).toEqual(keys.slice(700, 750).map((key) => `loader false flown ${key}`));
    expect(named.slice(750, 980)).toEqual(keys.slice(750, 980).map((key) => `loader false ${key.toUpperCase()}`));
    expect(named.slice(980, 995)).toEqual(withBackup.map((key) => `backup true old ${key}`));
    expect(named.slice(995)).toEqual(Array.from({ length: 5 }, () => down));
    if (makeCache === manyCache) expect(cache.count("getMany" as "get")).toBe(1);
  });

  it("getMany rejects with the error of the first key that has no answer, after all others have been kept", async () => {
    const { datastore } = setUp({ cache: makeCache() });
    const error = new Error("no b");
    const load: LoadMany<string> = () => new Map<string, string | Error>([["a", "A"], ["b", error], ["c", new Error("no c")]]);
    expect(await rejectionOf(datastore.getMany(["a", "b", "c"], load))).toBe(error);
    expect(await datastore.peek("a")).toMatchObject({ value: "A", source: "cache" });
    expect(await datastore.peek("b")).toBeUndefined();
  });

  it("getMany answers a key that comes twice in both places, and loads it once", async () => {
    const { datastore } = setUp({ cache: makeCache() });
    const loadMany = vi.fn(upper);
    expect(await datastore.getMany(["b", "a", "b"], loadMany)).toEqual(["B", "A", "B"]);
    expect(loadMany.mock.calls.map(([names]) => names)).toEqual([["b", "a"]]);
    expect(await datastore.getMany([], loadMany)).toEqual([]);
    expect(loadMany).toHaveBeenCalledTimes(1);
  });

  it("getMany is joined by a get of one of its keys", async () => {
    const { datastore } = setUp({ cache: makeCache() });
    const held = gate();
    const many = datastore.getMany(["a", "b"], async (names) => (await held.promise, names.map((name) => `many ${name}`)));
    await turn();
    const one = datastore.get("b", failing());
    await turn();
    held.open();
    expect(await many).toEqual(["many a", "many b"]);
    expect(await one).toBe("many b");
  });

  it("getMany answers though the cache cannot be read", async () => {
    const { datastore, cache, told } = setUp({ cache: makeCache() });
    cache.failsAt(["get", "getMany" as "get"], rejects());
    expect(await datastore.getMany(["a", "b"], upper)).toEqual(["A", "B"]);
    expect(told.of("cacheFailed").filter(({ operation }) => operation === "get").map(({ key }) => key)).toEqual(expect.arrayContaining(["a", "b"]));
  });
});

describe("getMany", () => {
  it("getMany fails each key that loadMany leaves out, and each falls back alone", async () => {
    const { datastore, clock } = setUp();
    await datastore.set("b", "old b", "5m");
    clock.advance(6 * MINUTE);
    const outcomes = await datastore.getManyResults(["a", "b", "c", "d"], () => new Map<string, string | undefined>([["a", "A"], ["d", undefined]]));
    expect(outcomes).toMatchObject([
      { key: "a", ok: true, result: { value: "A", source: "loader" } },
      { key: "b", ok: true, result: { value: "old b", source: "backup", stale: true, error: { code: "NOT_LOADED", key: "b" } } },
      { key: "c", ok: false, error: { code: "NOT_LOADED", key: "c" } },
      { key: "d", ok: false, error: { code: "NOT_LOADED", key: "d" } },
    ]);
    expect(await datastore.getMany(["none"], () => [null])).toEqual([null]);
  });

  it("getMany fails all keys with what loadMany throws, the same object, or returns for an Error", async () => {
    const { datastore } = setUp();
    const error = new Error("down");
    for (const loadMany of [() => Promise.reject(error), () => error as never, () => { throw error; }]) {
      const outcomes = await datastore.getManyResults<string>(["a", "b"], loadMany);
      expect(outcomes.map((outcome) => !outcome.ok && outcome.error)).toEqual([error, error]);
    }
  });

  it("getMany fails all keys if loadMany returns what cannot be told apart", async () => {
    const { datastore } = setUp();
    const form = "getMany: loadMany must return a Map, or an array of as many items as it was given keys, 2; got ";
    for (const [answer, got] of [[["A"], "an array of 1"], [{ a: "A" }, "an object"], [undefined, "undefined"]] as const) {
      expect(await rejectionOf(datastore.getMany(["a", "b"], () => answer as never))).toMatchObject({ message: form + got });
    }
  });

  it("getMany gives loadMany the context of each load", async () => {
    const { datastore, start } = setUp();
    await datastore.getMany(["a", "b"], (names, { of, ttl, signal }) => {
      expect([ttl, signal.aborted]).toEqual([5 * MINUTE, false]);
      of("b").setTtl("1h");
      of("b").setMeta({ etag: "7" });
      expect(() => of("z")).toThrow('of: key must be one of the keys that loadMany was called with; got "z"');
      return names.map((name) => name);
    });
    expect(await datastore.peek("a")).toMatchObject({ expiresAt: start + 5 * MINUTE });
    expect(await datastore.peek("b")).toMatchObject({ expiresAt: start + 60 * MINUTE, metadata: { etag: "7" } });
  });

  it("getMany knows the keys of a namespace and of a definition's datastore as the program calls them", async () => {
    const { datastore } = setUp();
    const feeds = datastore.namespace("feeds");
    const loadMany = vi.fn(upper);
    expect(await feeds.getMany(["a\0b", "c"], loadMany)).toEqual(["A\0B", "C"]);
    expect(loadMany.mock.calls[0]?.[0]).toEqual(["a\0b", "c"]);
    expect(await feeds.get("c", failing())).toBe("C");
    expect(await datastore.peek("c")).toBeUndefined();
  });

  it("getMany loads all with refresh, and none that has a backup with useCache: false", async () => {
    const { datastore } = setUp();
    await datastore.set("a", "old");
    const loadMany = vi.fn(upper);
    expect(await datastore.getMany(["a", "b"], loadMany, { refresh: true })).toEqual(["A", "B"]);
    await datastore.set("a", "old");
    expect(await datastore.getMany(["a", "b", "c"], loadMany, { useCache: false })).toEqual(["old", "B", "C"]);
    expect(loadMany.mock.calls.map(([names]) => names)).toEqual([["a", "b"], ["c"]]);
  });

  it("getMany makes one call for what is missing and what is refreshed ahead", async () => {
    const { datastore, clock } = setUp();
    const loadMany = vi.fn(upper);
    await datastore.getMany(["a"], loadMany, "10m");
    clock.advance(9 * MINUTE);
    expect(await datastore.getMany(["a", "b"], loadMany, { ttl: "10m", refreshAhead: 0.8 })).toEqual(["A", "B"]);
    expect(loadMany.mock.calls.map(([names]) => names)).toEqual([["a"], ["a", "b"]]);
  });

  it("getMany fails at once if loadMany asks for one of its own keys, and not for another one", async () => {
    const { datastore } = setUp();
    for (const own of ["a", "b"]) {
      const outcomes = await datastore.getManyResults(["a", "b"], async () => [await datastore.get(own, () => "own"), "B"]);
      expect(outcomes.map((outcome) => !outcome.ok && outcome.error)).toMatchObject([{ code: "RECURSIVE_LOAD" }, { code: "RECURSIVE_LOAD" }]);
    }
    expect(await datastore.getMany(["a", "b"], async () => [await datastore.get("c", () => "other"), "B"])).toEqual(["other", "B"]);
  });

  it("times out every key of a loadMany that hangs, and aborts its signal", async () => {
    holdDeadlines();
    const { datastore } = setUp();
    let aborted: AbortSignal | undefined;
    const asked = datastore.getManyResults<string>(["a", "b"], (_names, { signal }) => ((aborted = signal), new Promise(() => {})), { timeout: "1s" });
    await turn();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await asked).toMatchObject([{ ok: false, error: { code: "LOAD_TIMEOUT", key: "a" } }, { ok: false, error: { code: "LOAD_TIMEOUT", key: "b" } }]);
    expect(aborted?.aborted).toBe(true);
  });

  it("validates each value alone", async () => {
    const { datastore } = setUp();
    const outcomes = await datastore.getManyResults(["a", "b"], upper, { validate: (value) => value !== "B" });
    expect(outcomes).toMatchObject([{ ok: true }, { ok: false, error: { code: "INVALID_VALUE", key: "b" } }]);
  });

  it("getMany rejects its caller alone when the signal is aborted", async () => {
    const { datastore } = setUp();
    const held = gate();
    const controller = new AbortController();
    const asked = datastore.getMany(["a"], async (names) => (await held.promise, names.map(() => "A")), { signal: controller.signal });
    await turn();
    const reason = new Error("enough");
    controller.abort(reason);
    expect(await rejectionOf(asked)).toBe(reason);
    held.open();
    expect(await datastore.get("a", failing())).toBe("A");
  });

  it("forgets the one key that the source says is gone", async () => {
    const { datastore, clock } = setUp();
    await datastore.getMany(["a", "b"], upper, "5m");
    clock.advance(6 * MINUTE);
    await datastore.getManyResults(["a", "b"], () => [new GoneError("no more"), new Error("down")]);
    expect(await datastore.peekBackup("a")).toBeUndefined();
    expect(await datastore.peekBackup("b")).toMatchObject({ value: "B" });
  });

  it("getMany takes an answer of another length from a cache for a failure", async () => {
    const { datastore, cache } = setUp({ cache: manyCache() });
    await datastore.set("a", "cached");
    cache.fails("getMany" as "get", lies([]));
    expect(await datastore.getMany(["a", "b"], upper)).toEqual(["A", "B"]);
    cache.fails("getMany" as "get", throws());
    expect(await datastore.getMany(["c"], upper)).toEqual(["C"]);
  });

  it("getMany refuses what is no list of keys and no loadMany", async () => {
    const { datastore } = setUp();
    expect(await rejectionOf(datastore.getMany("abc" as never, upper))).toMatchObject({ message: 'getMany: keys must be an array of strings; got "abc"' });
    expect(await rejectionOf(datastore.getManyResults(["a", 5] as never, upper))).toMatchObject({ message: "getManyResults: keys[1] must be a string; got 5" });
    expect(await rejectionOf(datastore.getMany(["a"], {} as never))).toMatchObject({ message: "getMany: loadMany must be a function; got an object" });
    await datastore.close();
    expect(await rejectionOf(datastore.getMany(["a"], upper))).toMatchObject({ code: "CLOSED" });
  });
});
