import { describe, expect, it, vi } from "vitest";
import { failing, holdDeadlines, idOf, MINUTE, rejectionOf, type Setting, setUp } from "./support/setting.ts";
import { byteCache, hangs, isSlow, mapCache, rejects, throws } from "./support/stores.ts";

const CACHES = [
  ["a cache of values", mapCache],
  ["a cache of bytes", byteCache],
] as const;

/** A get of its own key, with a cache or backup that does not answer until its deadline is over. */
async function hungGet({ datastore }: Setting, key: string): Promise<string> {
  const got = datastore.get(key, () => "loaded", { backupWait: 0 });
  await vi.advanceTimersByTimeAsync(10_000);
  return got;
}

async function hangFiveTimes(setting: Setting): Promise<void> {
  for (let n = 0; n < 5; n++) await hungGet(setting, `hung ${n}`);
}

/** A read of a backup that does not answer. */
async function hungPeek({ datastore }: Setting): Promise<void> {
  const got = rejectionOf(datastore.peekBackup("key"));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await got).toMatchObject({ code: "STORE_TIMEOUT" });
}

describe.each(CACHES)("%s that does not answer", (_, makeCache) => {
  it("a hanging store is left alone after five calls in a row: gets do not wait for its deadline any more, and one event each tells", async () => {
    holdDeadlines();
    const setting = setUp({ cache: makeCache() });
    const { datastore, cache, told } = setting;
    cache.failsAt(["get", "set"], hangs());
    await hangFiveTimes(setting);
    expect(datastore.health().cache).toMatchObject({ state: "paused", error: { code: "STORE_TIMEOUT" } });
    const asked = cache.calls.length;
    told.forget();
    expect(await datastore.get("key", () => "loaded")).toBe("loaded"); // no deadline has to pass
    expect(cache.calls.length).toBe(asked);
    expect(told.of("cacheFailed")).toMatchObject([
      { operation: "get", error: { code: "STORE_PAUSED", cause: { code: "STORE_TIMEOUT" } } },
      { operation: "set", error: { code: "STORE_PAUSED" } },
    ]);
  });

  it("a hanging store is asked again after a second by one call, and by all when that is answered", async () => {
    holdDeadlines();
    const setting = setUp({ cache: makeCache() });
    const { datastore, cache, clock } = setting;
    cache.failsAt(["get", "set"], hangs());
    await hangFiveTimes(setting);
    cache.heals();
    clock.advance(999);
    const asked = cache.calls.length;
    await datastore.get("key", () => "one");
    expect(cache.calls.length).toBe(asked);
    clock.advance(4_001); // the longest pause is five seconds
    await datastore.get("key", () => "two");
    expect(datastore.health().cache).toEqual({ name: cache.adapter.name, state: "ok", failures: 0 });
    expect(await datastore.getResult("key", failing())).toMatchObject({ value: "two", source: "cache" });
  });
});

describe("a backup that does not answer", () => {
  it("a backup that does not answer is left alone after five calls in a row, and its return is noticed within five seconds", async () => {
    holdDeadlines();
    const setting = setUp();
    const { datastore, backup, clock, told } = setting;
    backup.fails("write", hangs());
    await hangFiveTimes(setting);
    expect(datastore.health().backup.state).toBe("paused");
    const asked = backup.count("write");
    expect(await datastore.get("key", () => "loaded")).toBe("loaded");
    expect(backup.count("write", idOf("key"))).toBe(0);
    expect(backup.count("write")).toBe(asked);
    expect(told.of("backupFailed").at(-1)).toMatchObject({ key: "key", operation: "write", error: { code: "STORE_PAUSED" }, retry: true });
    backup.heals();
    clock.advance(5_000);
    await datastore.flush();
    expect(datastore.health().backup).toEqual({ name: "memory", state: "ok", failures: 0, pendingWrites: 0 });
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "loaded" });
  });

  it("a backup that does not answer lets the loader's own error through at once while it is left alone", async () => {
    holdDeadlines();
    const setting = setUp();
    setting.backup.fails("read", hangs());
    for (let n = 0; n < 5; n++) await hungPeek(setting);
    const error = new Error("the source is down");
    expect(await rejectionOf(setting.datastore.get("key", failing(error)))).toBe(error);
  });

  it("a backup that does not answer is asked by one call at a time when the pause is over, and pauses twice as long where that hangs too, up to five seconds", async () => {
    holdDeadlines();
    const setting = setUp();
    const { datastore, backup, clock } = setting;
    backup.fails("read", hangs());
    for (let n = 0; n < 5; n++) await hungPeek(setting);
    for (const pause of [1_000, 2_000, 4_000, 5_000, 5_000]) {
      clock.advance(pause - 1);
      expect(await rejectionOf(datastore.peekBackup("key"))).toMatchObject({ code: "STORE_PAUSED" });
      clock.advance(1);
      const probe = rejectionOf(datastore.peekBackup("key"));
      expect(await rejectionOf(datastore.peekBackup("key"))).toMatchObject({ code: "STORE_PAUSED" });
      await vi.advanceTimersByTimeAsync(10_000);
      expect(await probe).toMatchObject({ code: "STORE_TIMEOUT" });
    }
  });

  it("a backup that does not answer is not left alone for longer because the clock was set back", async () => {
    holdDeadlines();
    const setting = setUp();
    const { datastore, backup, clock } = setting;
    backup.fails("write", hangs());
    await hangFiveTimes(setting);
    backup.heals();
    clock.advance(-60 * MINUTE);
    await datastore.flush();
    expect(datastore.health().backup.state).toBe("ok");
  });
});

describe("a store that answers", () => {
  it.each([
    ["throws", throws()],
    ["rejects", rejects()],
  ])("and be it that it %s, is asked every time", async (_, fault) => {
    const { datastore, backup } = setUp();
    backup.fails("read", fault);
    for (let n = 0; n < 100; n++) expect(await rejectionOf(datastore.peekBackup("key"))).toMatchObject({ code: "STORE_FAILED" });
    expect(backup.count("read")).toBe(100);
    expect(datastore.health().backup).toMatchObject({ state: "failing", failures: 100 });
    backup.heals();
    await datastore.peekBackup("key");
    expect(datastore.health().backup).toMatchObject({ state: "ok", failures: 0 });
  });

  it("now and then is not left alone: it takes five hangs in a row", async () => {
    holdDeadlines();
    const setting = setUp();
    const { datastore, backup } = setting;
    for (let round = 0; round < 3; round++) {
      backup.fails("read", hangs());
      for (let n = 0; n < 4; n++) await hungPeek(setting);
      backup.fails("read", isSlow);
      expect(await datastore.peekBackup("key")).toBeUndefined();
    }
  });
});
