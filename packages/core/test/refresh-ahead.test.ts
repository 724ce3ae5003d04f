import { describe, expect, it, vi } from "vitest";
import { GoneError } from "../src/index.ts";
import { gate, turn } from "./support/gate.ts";
import { DAY, failing, MINUTE, rejectionOf, setUp } from "./support/setting.ts";
import { byteCache, mapCache } from "./support/stores.ts";

const OPTIONS = { ttl: "10m", refreshAhead: 0.8 } as const;

describe.each([
  ["a cache of values", mapCache],
  ["a cache of bytes", byteCache],
] as const)("refreshAhead, with %s,", (_, makeCache) => {
  it("refreshAhead answers a hit older than this share of its ttl at once, and starts one load behind", async () => {
    const { datastore, clock, start } = setUp({ cache: makeCache() });
    await datastore.get("key", () => "old", OPTIONS);
    clock.advance(8 * MINUTE - 1);
    const load = vi.fn(() => "new");
    expect(await datastore.get("key", load, OPTIONS)).toBe("old");
    await turn();
    expect(load).not.toHaveBeenCalled();
    clock.advance(1);
    expect(await datastore.get("key", load, OPTIONS)).toBe("old");
    await turn();
    await turn();
    expect(load).toHaveBeenCalledTimes(1);
    expect(await datastore.getResult("key", load, OPTIONS)).toMatchObject({ value: "new", source: "cache", loadedAt: start + 8 * MINUTE });
    clock.advance(8 * MINUTE - 1);
    expect(await datastore.getResult("key", failing(), OPTIONS)).toMatchObject({ value: "new", source: "cache", stale: false });
  });
});

describe("refreshAhead", () => {
  it("refreshAhead starts one load, whatever the number of hits while it runs", async () => {
    const { datastore, clock } = setUp();
    await datastore.get("key", () => "old", OPTIONS);
    clock.advance(9 * MINUTE);
    const held = gate<string>();
    const load = vi.fn(() => held.promise);
    for (let n = 0; n < 100; n++) expect(await datastore.get("key", load, OPTIONS)).toBe("old");
    await turn();
    held.open("new");
    await turn();
    expect(load).toHaveBeenCalledTimes(1);
  });

  it("refreshAhead that fails leaves the cached copy as it is until its ttl is over: no fallback before that, and no second load", async () => {
    const { datastore, clock, told } = setUp();
    await datastore.get("key", () => "old", OPTIONS);
    clock.advance(9 * MINUTE);
    const load = vi.fn(failing());
    for (let n = 0; n < 10; n++) {
      expect(await datastore.getResult("key", load, OPTIONS)).toMatchObject({ value: "old", source: "cache" });
      await turn();
    }
    expect(load).toHaveBeenCalledTimes(1);
    expect(told.of("loadFailed")).toHaveLength(1);
    expect(told.of("fallback")).toEqual([]);
    expect(datastore.health().fallback).toEqual([]);
    clock.advance(MINUTE);
    expect(await datastore.get("key", () => "new", OPTIONS)).toBe("new");
  });

  it("refreshAhead of a key without a backup that fails raises nothing and loses nothing", async () => {
    const { datastore, clock, backup } = setUp();
    await datastore.get("key", () => "old", OPTIONS);
    await backup.adapter.delete((await firstId(backup.adapter.list())) ?? "");
    clock.advance(9 * MINUTE);
    expect(await datastore.get("key", failing(), OPTIONS)).toBe("old");
    await turn();
    expect(await datastore.get("key", failing(), OPTIONS)).toBe("old");
  });

  it("refreshAhead is joined by whoever comes when the copy has expired meanwhile", async () => {
    const { datastore, clock } = setUp();
    await datastore.get("key", () => "old", OPTIONS);
    clock.advance(9 * MINUTE);
    const held = gate<string>();
    await datastore.get("key", () => held.promise, OPTIONS);
    await turn();
    clock.advance(MINUTE);
    const load = vi.fn(() => "other");
    const got = datastore.get("key", load, OPTIONS);
    held.open("new");
    expect(await got).toBe("new");
    expect(load).not.toHaveBeenCalled();
  });

  it("refreshAhead that fails is answered for by the backup to whoever has joined it", async () => {
    const { datastore, clock } = setUp();
    await datastore.get("key", () => "old", OPTIONS);
    clock.advance(9 * MINUTE);
    const held = gate<string>();
    await datastore.get("key", () => held.promise, OPTIONS);
    await turn();
    clock.advance(MINUTE);
    const got = datastore.getResult("key", failing(), OPTIONS);
    held.fail(new Error("the source is down"));
    expect(await got).toMatchObject({ value: "old", source: "backup", stale: true, error: { message: "the source is down" } });
  });

  it("refreshAhead that fails rejects nobody who has a backup, however close to its end he comes", async () => {
    for (let depth = 0; depth < 40; depth++) {
      const { datastore, clock, cache } = setUp();
      await datastore.get("key", () => "old", OPTIONS);
      clock.advance(9 * MINUTE);
      const held = gate<string>();
      await datastore.get("key", () => held.promise, OPTIONS);
      await turn();
      held.fail(new Error("the source is down"));
      for (let n = 0; n < depth; n++) await undefined;
      void cache.adapter.delete("key"); // evicted
      expect(await datastore.get("key", failing(), OPTIONS)).toBe("old");
    }
  });

  it("refreshAhead does not hurry the source while a backup stands in: a fallback is held to its end", async () => {
    const { datastore, clock } = setUp();
    await datastore.get("key", () => "old", OPTIONS);
    clock.advance(DAY);
    const load = vi.fn(failing());
    await datastore.get("key", load, OPTIONS);
    clock.advance(5 * MINUTE - 1);
    await datastore.get("key", load, OPTIONS);
    await turn();
    expect(load).toHaveBeenCalledTimes(1);
  });

  it("refreshAhead leaves alone what never expires", async () => {
    for (const refreshAhead of [0, 0.8, 1]) {
      const { datastore, clock } = setUp({ refreshAhead });
      await datastore.get("key", () => "old", Infinity);
      clock.advance(1_000 * DAY);
      const load = vi.fn(() => "new");
      expect(await datastore.get("key", load, Infinity)).toBe("old");
      expect(await datastore.get("key", load, "5m")).toBe("old");
      await turn();
      expect(load).not.toHaveBeenCalled();
    }
  });

  it("refreshAhead counts by the ttl that a loader has set: a short one is not loaded again with every hit", async () => {
    const { datastore, clock } = setUp();
    await datastore.get("key", ({ setTtl }) => (setTtl("10s"), "old"), OPTIONS);
    const load = vi.fn(() => "new");
    clock.advance(7_999);
    await datastore.get("key", load, OPTIONS);
    await turn();
    expect(load).not.toHaveBeenCalled();
    clock.advance(1);
    await datastore.get("key", load, OPTIONS);
    await turn();
    expect(load).toHaveBeenCalledTimes(1);
  });

  it("refreshAhead counts by the ttl of the get where a value was renewed that was loaded long ago", async () => {
    const { datastore, clock } = setUp();
    await datastore.get("key", () => "old", OPTIONS);
    clock.advance(DAY);
    await datastore.get<string>("key", ({ notModified }) => notModified(), OPTIONS);
    const load = vi.fn(() => "new");
    clock.advance(8 * MINUTE - 1);
    await datastore.get("key", load, OPTIONS);
    await turn();
    expect(load).not.toHaveBeenCalled();
  });

  it("refreshAhead of 1 is as good as off, and of 0 loads behind with the first hit", async () => {
    const { datastore, clock } = setUp();
    const load = vi.fn(() => "new");
    await datastore.get("one", () => "old", "10m");
    clock.advance(10 * MINUTE - 1);
    await datastore.get("one", load, { ttl: "10m", refreshAhead: 1 });
    await turn();
    expect(load).not.toHaveBeenCalled();
    await datastore.get("zero", () => "old", "10m");
    await datastore.get("zero", load, { ttl: "10m", refreshAhead: 0 });
    await turn();
    expect(load).toHaveBeenCalledTimes(1);
  });

  it("refreshAhead is beaten by a delete: the load that was started behind brings nothing back", async () => {
    const { datastore, clock } = setUp();
    await datastore.get("key", () => "old", OPTIONS);
    clock.advance(9 * MINUTE);
    const held = gate<string>();
    await datastore.get("key", () => held.promise, OPTIONS);
    await turn();
    await datastore.delete("key");
    held.open("new");
    await turn();
    expect(await rejectionOf(datastore.get("key", failing("down")))).toBe("down");
  });

  it("refreshAhead is waited for by close()", async () => {
    const { datastore, clock, another } = setUp();
    await datastore.get("key", () => "old", OPTIONS);
    clock.advance(9 * MINUTE);
    const held = gate<string>();
    await datastore.get("key", () => held.promise, OPTIONS);
    const closed = datastore.close();
    await turn();
    held.open("new");
    await closed;
    expect(await another().peekBackup("key")).toMatchObject({ value: "new" });
  });

  it("refreshAhead that learns that the thing is gone takes it out of the cache as well", async () => {
    const { datastore, clock } = setUp();
    const gone = new GoneError("no such user");
    await datastore.get("key", () => "old", OPTIONS);
    clock.advance(9 * MINUTE);
    expect(await datastore.get("key", failing(gone), OPTIONS)).toBe("old");
    await turn();
    expect(await rejectionOf(datastore.get("key", failing(gone), OPTIONS))).toBe(gone);
    expect(await datastore.peekBackup("key")).toBeUndefined();
  });
});

async function firstId(list: AsyncIterable<{ readonly id: string }>): Promise<string | undefined> {
  for await (const { id } of list) return id;
  return undefined;
}
