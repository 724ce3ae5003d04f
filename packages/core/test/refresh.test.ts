import { describe, expect, it, vi } from "vitest";
import { DeniedError } from "../src/index.ts";
import { gate, turn } from "./support/gate.ts";
import { failing, MINUTE, rejectionOf, setUp } from "./support/setting.ts";
import { byteCache, mapCache, throws } from "./support/stores.ts";

const REFRESH = { ttl: "5m", refresh: true } as const;

describe.each([
  ["a cache of values", mapCache],
  ["a cache of bytes", byteCache],
] as const)("refresh: true, with %s,", (_, makeCache) => {
  it("refresh: true loads though the cache has a fresh copy, and later gets have the new value", async () => {
    const { datastore, told, clock } = setUp({ cache: makeCache() });
    await datastore.get("key", () => "old", "5m");
    clock.advance(MINUTE);
    told.forget();
    expect(await datastore.getResult("key", () => "new", REFRESH)).toMatchObject({ value: "new", source: "loader", stale: false });
    expect(told.names).toEqual(["loaded", "backupWritten"]);
    expect(await datastore.get("key", failing(), "5m")).toBe("new");
  });

  it("refresh: true falls back as ever when the load fails, and the fresh copy stays in the cache", async () => {
    const { datastore, told } = setUp({ cache: makeCache() });
    await datastore.get("key", () => "good", "5m");
    const error = new Error("down");
    expect(await datastore.getResult("key", failing(error), REFRESH)).toMatchObject({ value: "good", source: "backup", stale: true, error });
    expect(told.of("fallback")).toHaveLength(1);
    expect(await datastore.getResult("key", failing(), "5m")).toMatchObject({ value: "good", source: "cache", stale: false });
  });

  it("refresh: true is answered with the fresh copy in the cache when the load fails and the backup cannot be read", async () => {
    const { datastore, backup, told } = setUp({ cache: makeCache() });
    await datastore.get("key", () => "good", "5m");
    backup.fails("read", throws());
    const error = new Error("down");
    expect(await datastore.getResult("key", failing(error), REFRESH)).toMatchObject({ value: "good", source: "cache", stale: true, error });
    expect(told.of("hit")).toEqual([{ key: "key", age: 0, stale: true }]);
    const denied = new DeniedError("no");
    expect(await rejectionOf(datastore.get("key", failing(denied), REFRESH))).toBe(denied);
  });

  it("refresh: true rejects with the loader's own error when neither store has an answer", async () => {
    const { datastore, clock } = setUp({ cache: makeCache() });
    const error = new Error("down");
    expect(await rejectionOf(datastore.get("absent", failing(error), REFRESH))).toBe(error);
    await datastore.get("old", () => "good", "5m");
    clock.advance(6 * MINUTE);
    expect(await rejectionOf(datastore.get("old", failing(error), { ...REFRESH, maxStale: "5m" }))).toBe(error);
  });

  it("refresh: true joins the load that runs, and gets join it", async () => {
    const { datastore } = setUp({ cache: makeCache() });
    const held = gate<string>();
    const load = vi.fn(() => held.promise);
    const first = datastore.get("key", load, "5m");
    await turn();
    const others = [datastore.get("key", load, REFRESH), datastore.get("key", load, REFRESH), datastore.get("key", load, "5m")];
    await turn();
    held.open("value");
    expect(await Promise.all([first, ...others])).toEqual(["value", "value", "value", "value"]);
    expect(load).toHaveBeenCalledTimes(1);
  });
});

describe("refresh: true", () => {
  it("refresh: true loads where a backup would come first", async () => {
    const { datastore } = setUp();
    await datastore.set("key", "old");
    expect(await datastore.get("key", () => "new", { useCache: false })).toBe("old");
    expect(await datastore.get("key", () => "new", { useCache: false, refresh: true })).toBe("new");
  });

  it("refresh: true works in a definition and in a namespace", async () => {
    const { datastore } = setUp();
    let count = 0;
    const newest = datastore.namespace("n").define({ key: "key", load: () => ++count, refresh: true });
    expect([await newest(), await newest(), (await newest.result()).value]).toEqual([1, 2, 3]);
    expect(await datastore.namespace("n").get("key", () => ++count)).toBe(3);
  });

  it("refresh: true is an option of one get, and not of the datastore", () => {
    expect(() => setUp({ refresh: true } as never)).toThrow('new Datastore: options must be among');
  });
});
