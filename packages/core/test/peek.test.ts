import { describe, expect, it, vi } from "vitest";
import { byteCache, hangs, lies, mapCache, rejects, throws } from "./support/stores.ts";
import { failing, holdDeadlines, idOf, MINUTE, rejectionOf, setUp } from "./support/setting.ts";

describe.each([
  ["a cache of values", mapCache],
  ["a cache of bytes", byteCache],
] as const)("peek, with %s,", (_, makeCache) => {
  it("peek answers with the cached copy while it is fresh, and then with the backup", async () => {
    const { datastore, clock, start, told } = setUp({ cache: makeCache() });
    await datastore.get("key", ({ setMeta }) => (setMeta({ etag: "1" }), "value"), "5m");
    clock.advance(MINUTE);
    told.forget();
    const times = { loadedAt: start, metadata: { etag: "1" } };
    expect(await datastore.peek("key")).toEqual({ value: "value", source: "cache", stale: false, age: MINUTE, expiresAt: start + 5 * MINUTE, ...times });
    clock.advance(9 * MINUTE);
    expect(await datastore.peek("key")).toEqual({ value: "value", source: "backup", stale: false, age: 10 * MINUTE, expiresAt: 0, ...times });
    expect(await datastore.peek("absent")).toBeUndefined();
    expect(told.names).toEqual([]);
  });

  it("peek says of a copy that stands in that it is stale, until when, and why", async () => {
    const { datastore, clock, start } = setUp({ cache: makeCache() });
    await datastore.get("key", () => "value", "5m");
    clock.advance(5 * MINUTE);
    const error = new Error("down");
    await datastore.get("key", failing(error), "5m");
    expect(await datastore.peek("key")).toMatchObject({ source: "cache", stale: true, expiresAt: start + 7.5 * MINUTE, error });
  });

  it("peek answers from the backup while the cache fails, and from the cache while the backup fails, and reports neither", async () => {
    const { datastore, cache, backup, told, clock } = setUp({ cache: makeCache() });
    await datastore.get("key", () => "value", "5m");
    told.forget();
    cache.fails("get", rejects());
    expect(await datastore.peek("key")).toMatchObject({ value: "value", source: "backup" });
    cache.heals();
    backup.fails("read", throws());
    expect(await datastore.peek("key")).toMatchObject({ value: "value", source: "cache" });
    clock.advance(10 * MINUTE);
    expect(await datastore.peek("key")).toMatchObject({ value: "value", source: "cache", age: 10 * MINUTE, expiresAt: clock.now() - 5 * MINUTE });
    expect(told.names).toEqual([]);
  });

  it("peek rejects only if the backup fails and the cache has nothing", async () => {
    const { datastore, cache, backup, told } = setUp({ cache: makeCache() });
    backup.fails("read", throws());
    expect(await rejectionOf(datastore.peek("absent"))).toMatchObject({ code: "STORE_FAILED", operation: "read", key: "absent" });
    cache.fails("get", throws());
    expect(await rejectionOf(datastore.peek("absent"))).toMatchObject({ code: "STORE_FAILED", operation: "read" });
    backup.heals();
    expect(await datastore.peek("absent")).toBeUndefined();
    expect(told.names).toEqual([]);
  });

  it("peek waits for a store that hangs no longer than its deadline", async () => {
    holdDeadlines();
    const { datastore, cache } = setUp({ cache: makeCache() });
    await datastore.set("key", "value");
    cache.fails("get", hangs());
    const peeked = datastore.peek("key");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await peeked).toMatchObject({ value: "value", source: "backup" });
  });

  it("peek shows a value whose backup write is owed", async () => {
    const { datastore, backup, clock, told } = setUp({ cache: makeCache() });
    backup.fails("write", rejects());
    await datastore.get("key", () => "value", "5m");
    backup.fails("read", rejects());
    clock.advance(10 * MINUTE);
    told.forget();
    expect(await datastore.peek("key")).toMatchObject({ value: "value", source: "backup" });
    expect(told.names).toEqual([]);
  });

  it("peek shows nothing of a key that has been deleted", async () => {
    const { datastore, clock } = setUp({ cache: makeCache() });
    await datastore.set("key", "value");
    clock.advance(1);
    await datastore.delete("key");
    expect(await datastore.peek("key")).toBeUndefined();
  });
});

describe("peek", () => {
  it("reports no damaged record, and shows the generation before it", async () => {
    const { datastore, backup, clock, told } = setUp();
    await datastore.set("key", "old");
    clock.advance(1);
    await datastore.set("key", "new");
    await datastore.expire("key");
    const real = backup.adapter.read.bind(backup.adapter);
    const newest = await real(idOf("key"));
    told.forget();
    backup.fails("read", (read) => {
      const before = (backup.calls.at(-1)?.args[1] as { before?: number } | undefined)?.before;
      return before === undefined ? { bytes: new Uint8Array(100), loadedAt: newest?.loadedAt ?? 0 } : read();
    });
    expect(await datastore.peek("key")).toMatchObject({ value: "old", source: "backup" });
    expect(told.names).toEqual([]);
  });

  it("peek takes what a byte cache cannot show for nothing", async () => {
    const { datastore, cache, told } = setUp({ cache: byteCache() });
    await datastore.set("key", "value");
    told.forget();
    cache.fails("get", lies(new Uint8Array(100)));
    expect(await datastore.peek("key")).toMatchObject({ value: "value", source: "backup" });
    expect(told.names).toEqual([]);
  });

  it("peek does not keep a backup from being culled", async () => {
    const { datastore, backup, clock } = setUp();
    await datastore.set("key", "value");
    clock.advance(24 * 60 * MINUTE * 10);
    await datastore.peek("key");
    expect(backup.count("touch")).toBe(0);
  });

  it("looks into its own namespace, and at the thing of a definition", async () => {
    const { datastore } = setUp();
    const user = datastore.namespace("users").define({ key: (id: number) => `${id}`, load: (id) => ({ id }) });
    await user(7);
    expect(await user.peek(7)).toMatchObject({ value: { id: 7 }, source: "cache" });
    expect(await user.peek(8)).toBeUndefined();
    expect(await datastore.namespace("users").peek("7")).toMatchObject({ value: { id: 7 } });
    expect(await datastore.peek("7")).toBeUndefined();
  });

  it("peek is refused after close, and for a key that is no string", async () => {
    const { datastore } = setUp();
    await expect(datastore.peek(5 as never)).rejects.toThrow("peek: key must be a string; got 5");
    await datastore.close();
    await expect(datastore.peek("key")).rejects.toMatchObject({ code: "CLOSED" });
  });
});
