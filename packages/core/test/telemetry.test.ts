import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, expect, it, onTestFinished } from "vitest";
import { Datastore, DatastoreError, type DatastoreEvents, DeniedError, GoneError, meter } from "../src/index.ts";
import { memoryBackup } from "../src/testing.ts";
import { turn } from "./support/gate.ts";
import { failing, MINUTE, rejectionOf, setUp } from "./support/setting.ts";
import { byteCache, mapCache, throws } from "./support/stores.ts";

/** What a listener of this event hears. */
function heard<E extends keyof DatastoreEvents>(datastore: Datastore, name: E): DatastoreEvents[E][] {
  const events: DatastoreEvents[E][] = [];
  datastore.on(name, (event) => void events.push(event));
  return events;
}

describe("the name of a datastore", () => {
  it("every event of a datastore with a name has that name, for listeners and on the channel", async () => {
    const { datastore, told } = setUp({ name: "feeds" });
    const published: unknown[] = [];
    const listener = (event: unknown): void => void published.push(event);
    subscribe("lastgood:hit", listener);
    onTestFinished(() => void unsubscribe("lastgood:hit", listener));
    await datastore.get("key", () => "value");
    await datastore.get("key", () => "value");
    await rejectionOf(datastore.get("other", failing()));
    expect(told.names).toEqual(["miss", "loaded", "backupWritten", "hit", "miss", "loadFailed"]);
    for (const { event } of told.all) expect(event).toHaveProperty("name", "feeds");
    expect(published).toMatchObject([{ key: "key", name: "feeds" }]);
    expect(datastore.name).toBe("feeds");
    expect(datastore.health().name).toBe("feeds");
  });

  it("events of a datastore without a name have none", async () => {
    const { datastore, told } = setUp();
    await datastore.get("key", () => "value");
    for (const { event } of told.all) expect(event).not.toHaveProperty("name");
    expect(datastore.name).toBeUndefined();
    expect(datastore.health()).not.toHaveProperty("name");
  });

  it.each([5, null, {}])("the name %j is refused: it is no string", (name) => {
    expect(() => new Datastore({ cache: mapCache(), backup: memoryBackup(), name: name as never })).toThrow(TypeError);
  });

  it.each(["", " "])("the name %j is refused: it is empty", (name) => {
    expect(() => new Datastore({ cache: mapCache(), backup: memoryBackup(), name })).toThrow(RangeError);
  });
});

describe("errors as JSON", () => {
  const cause = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });

  it("the JSON of a DatastoreError has its code, what it is about and its causes, and no stack", () => {
    const error = new DatastoreError("STORE_FAILED", "redis failed at get", { key: "k", adapter: "redis", operation: "get", cause });
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: "DatastoreError",
      message: "redis failed at get",
      code: "STORE_FAILED",
      key: "k",
      adapter: "redis",
      operation: "get",
      cause: { name: "Error", message: "connect ECONNREFUSED", code: "ECONNREFUSED" },
    });
  });

  it.each([["GoneError", GoneError], ["DeniedError", DeniedError]] as const)("the JSON of a %s has its message and its cause", (name, Class) => {
    const told = { name, message: "no more", cause: { name: "Error", message: "connect ECONNREFUSED", code: "ECONNREFUSED" } };
    expect(JSON.parse(JSON.stringify(new Class("no more", { cause })))).toEqual(told);
  });

  it("the JSON of an event says everything of its error, and the event has the error itself", async () => {
    const { datastore, told } = setUp();
    const error = new TypeError("fetch failed", { cause });
    await rejectionOf(datastore.get("key", failing(error)));
    const [event] = told.of("loadFailed");
    expect(event?.error).toBe(error);
    expect(JSON.parse(JSON.stringify(event))).toEqual({
      key: "key",
      duration: 0,
      error: { name: "TypeError", message: "fetch failed", cause: { name: "Error", message: "connect ECONNREFUSED", code: "ECONNREFUSED" } },
    });
  });
});

describe("answered and rejected", () => {
  it("a get that loads is answered by the loader, once for each caller, and a hit is not reported as answered", async () => {
    const { datastore, clock } = setUp();
    const answered = heard(datastore, "answered");
    await Promise.all([datastore.get("key", () => turn().then(() => (clock.advance(7), "value"))), datastore.getResult("key", () => "value")]);
    await datastore.get("key", () => "value");
    const event = { key: "key", source: "loader", stale: false, duration: 7 };
    expect(answered).toEqual([event, event]);
  });

  it("a get that falls back is answered by the backup, stale", async () => {
    const { datastore, clock } = setUp();
    await datastore.get("key", () => "value", "1m");
    clock.advance(2 * MINUTE);
    const answered = heard(datastore, "answered");
    await datastore.get("key", failing(), "1m");
    expect(answered).toEqual([{ key: "key", source: "backup", stale: true, duration: 0 }]);
  });

  it("a get that takes the backup first is answered by the backup, and is not stale", async () => {
    const { datastore } = setUp();
    await datastore.get("key", () => "value");
    const answered = heard(datastore, "answered");
    await datastore.get("key", () => "value", { useCache: false });
    expect(answered).toEqual([{ key: "key", source: "backup", stale: false, duration: 0 }]);
  });

  it("a hit of a cache that answers with a promise is not reported as answered", async () => {
    const { datastore } = setUp({ cache: byteCache() });
    await datastore.get("key", () => "value");
    const answered = heard(datastore, "answered");
    await datastore.get("key", () => "value");
    await datastore.getResult("key", () => "value");
    expect(answered).toEqual([]);
  });

  it("a get without a backup, and one that its caller aborts, are rejected", async () => {
    const { datastore } = setUp();
    const rejected = heard(datastore, "rejected");
    const error = new Error("the source is down");
    await rejectionOf(datastore.get("key", failing(error)));
    const controller = new AbortController();
    const aborted = rejectionOf(datastore.get("other", () => new Promise<string>((resolve) => setImmediate(resolve, "late")), { signal: controller.signal }));
    controller.abort(new Error("gone away"));
    await aborted;
    expect(rejected).toMatchObject([{ key: "key", error }, { key: "other", error: { message: "gone away" } }]);
  });
});

describe("storeCalled", () => {
  it("each call of a store is reported with its store, its operation and how long it took", async () => {
    const { datastore } = setUp({ cache: byteCache() });
    const calls = heard(datastore, "storeCalled");
    await datastore.get("key", () => "value");
    const backup = calls.filter(({ adapter }) => adapter === "memory").map(({ operation }) => operation);
    expect(backup).toContain("write");
    expect(calls.filter(({ adapter }) => adapter !== "memory").map(({ operation }) => operation)).toEqual(expect.arrayContaining(["get", "set"]));
    for (const { duration, error } of calls) {
      expect(duration).toBeGreaterThanOrEqual(0);
      expect(error).toBeUndefined();
    }
  });

  it("a call that fails is reported with its error, and fails as it would have", async () => {
    const { datastore, backup } = setUp();
    backup.fails("write", throws(new Error("disk full")));
    const calls = heard(datastore, "storeCalled");
    await rejectionOf(datastore.set("key", "value"));
    expect(calls.filter(({ adapter }) => adapter === "memory")).toMatchObject([{ operation: "write", key: "key", error: { code: "STORE_FAILED" } }]);
  });
});

describe("wrapLoads", () => {
  it("the loader runs within the wrap, which hears how the load ended", async () => {
    const { datastore } = setUp();
    const seen: unknown[] = [];
    datastore.wrapLoads(async ({ key }, run) => {
      seen.push(`before ${key}`);
      seen.push(await run());
    });
    const error = new Error("the source is down");
    expect(await datastore.get("key", () => (seen.push("loader"), "value"))).toBe("value");
    expect(await rejectionOf(datastore.get("other", failing(error)))).toBe(error);
    expect(seen).toEqual(["before key", "loader", { ok: true }, "before other", { ok: false, error }]);
  });

  it.each([
    ["throws before it runs the load", () => { throw new Error("no span"); }],
    ["throws after it has begun the load", (_load: unknown, run: () => unknown) => { void run(); throw new Error("no span"); }],
    ["rejects", async (_load: unknown, run: () => unknown) => { await run(); throw new Error("no span"); }],
    ["never runs the load", () => undefined],
    ["runs the load twice", (_load: unknown, run: () => unknown) => [run(), run()]],
    ["never settles", (_load: unknown, run: () => unknown) => (void run(), new Promise(() => {}))],
  ])("a wrap that %s changes nothing for the load, which runs once", async (_what, wrap) => {
    const { datastore } = setUp();
    datastore.wrapLoads(wrap);
    let loads = 0;
    expect(await datastore.get("key", () => (loads++, "value"))).toBe("value");
    expect(loads).toBe(1);
  });

  it("the first wrap is the outer one, and one that is stopped is not called again", async () => {
    const { datastore } = setUp();
    const seen: string[] = [];
    const stop = datastore.wrapLoads((_load, run) => (seen.push("outer"), run()));
    datastore.wrapLoads((_load, run) => (seen.push("inner"), run()));
    await datastore.get("a", () => "value");
    stop();
    await datastore.get("b", () => "value");
    expect(seen).toEqual(["outer", "inner", "inner"]);
  });

  it("a wrap that is no function is refused", () => {
    expect(() => setUp().datastore.wrapLoads("span" as never)).toThrow('wrapLoads: wrap must be a function; got "span"');
  });
});

describe("until of a key in fallback", () => {
  it("health() says until when the cache may repeat the backup", async () => {
    const { datastore, clock, told } = setUp();
    await datastore.get("key", () => "value", "10m");
    clock.advance(11 * MINUTE);
    await datastore.get("key", failing(), "10m");
    expect(datastore.health().fallback).toMatchObject([{ key: "key", until: clock.now() + 5 * MINUTE }]);
    expect(told.of("fallback")[0]?.until).toBe(clock.now() + 5 * MINUTE);
  });

  it("until is no later than maxStale allows", async () => {
    const { datastore, clock, told, start } = setUp();
    const options = { ttl: "10m", maxStale: "12m" } as const;
    await datastore.get("key", () => "value", options);
    clock.advance(11 * MINUTE);
    await datastore.get("key", failing(), options);
    expect(datastore.health().fallback).toMatchObject([{ until: start + 12 * MINUTE }]);
    expect(told.of("fallback")[0]?.until).toBe(start + 12 * MINUTE);
  });
});

describe("meter", () => {
  it("a meter counts gets by where their answer came from, and loads that failed by reason", async () => {
    const { datastore, clock } = setUp();
    const { groups } = meter(datastore);
    await datastore.get("key", () => "value", "1m");
    await datastore.get("key", () => "value", "1m");
    clock.advance(2 * MINUTE);
    await datastore.get("key", failing(), "1m");
    await datastore.get("key", failing(), "1m");
    await datastore.get("key", failing(), { useCache: false });
    await rejectionOf(datastore.get("new", failing(new GoneError("no more"))));
    await rejectionOf(datastore.get("new", () => "bad", { validate: () => false }));
    clock.advance(2 * MINUTE);
    await datastore.get("key", () => "value", "1m");
    expect(Array.from(groups)).toEqual([
      [undefined, {
        hits: 1, staleHits: 1, loaded: 2, stoodIn: 1, backupFirst: 1, rejected: 2, fallbacks: 1, recoveries: 1,
        loadFailures: { timeout: 0, invalid: 1, gone: 1, denied: 0, error: 1 },
      }],
    ]);
  });

  it("a meter counts what the stores failed at, writes, and culls", async () => {
    const { datastore, backup } = setUp({ name: "feeds" });
    const counted = meter(datastore);
    await datastore.set("key", "value");
    expect(await datastore.cull()).not.toHaveProperty("name");
    backup.fails("write", throws(new Error("disk full")));
    await rejectionOf(datastore.set("other", "value"));
    expect(Array.from(counted.storeFailures)).toEqual([{ store: "backup", operation: "write", count: 1 }]);
    expect(counted.backupWrites.count).toBe(1);
    expect(counted.backupWrites.bytes).toBeGreaterThan(0);
    expect(counted.culls).toMatchObject({ count: 1, examined: 1, deleted: 0, failed: 0 });
  });

  it("keyGroup puts keys into groups, and there are never more than a hundred and one", async () => {
    const { datastore } = setUp();
    const { groups } = meter(datastore, { keyGroup: (key) => key.split(":")[0] });
    for (let index = 0; index < 150; index++) await datastore.get(`group${index}:key`, () => "value");
    await datastore.get("group7:other", () => "value");
    expect(groups.get("group7")).toMatchObject({ loaded: 2 });
    expect(groups.get("other")?.loaded).toBe(50);
    expect(groups.size).toBe(101);
  });

  it.each([
    ["throws", () => { throw new Error("no group"); }],
    ["returns nothing", () => undefined],
    ["returns a number", () => 7],
    ["returns an empty text", () => ""],
    ["returns a promise that rejects", () => Promise.reject(new Error("no group"))],
  ])("a keyGroup that %s hurts no get, and its keys are in the group other", async (_what, keyGroup) => {
    const { datastore } = setUp();
    const { groups } = meter(datastore, { keyGroup: keyGroup as never });
    expect(await datastore.get("key", () => "value")).toBe("value");
    expect(await datastore.get("key", () => "value")).toBe("value");
    expect(groups.get("other")).toMatchObject({ hits: 1, loaded: 1 });
  });

  it("a group is cut to a hundred characters, and half a character is no part of it", async () => {
    const { datastore } = setUp();
    const { groups } = meter(datastore, { keyGroup: () => `${"a".repeat(99)}😀` });
    await datastore.get("key", () => "value");
    expect(Array.from(groups.keys())).toEqual([`${"a".repeat(99)}\uFFFD`]);
  });

  it("a closed meter counts no more", async () => {
    const { datastore } = setUp();
    const closed = meter(datastore);
    closed.close();
    closed.close();
    await datastore.get("key", () => "value");
    expect(closed.groups.get(undefined)?.loaded).toBe(0);
  });

  it("a keyGroup that is no function is refused", () => {
    const { datastore } = setUp();
    expect(() => meter(datastore, { keyGroup: "user" as never })).toThrow("meter: keyGroup must be a function; got");
    expect(() => meter(datastore, null as never)).toThrow("meter: options must be an object; got null");
  });
});
