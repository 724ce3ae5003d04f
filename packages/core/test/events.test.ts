import { channel, subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { DatastoreEvents } from "../src/index.ts";
import { turn } from "./support/gate.ts";
import { failing, holdDeadlines, idOf, MINUTE, rejectionOf, setUp } from "./support/setting.ts";
import { byteCache, hangs, throws } from "./support/stores.ts";

describe("events, each exactly once", () => {
  it("the events of a load: miss, load, backupWritten", async () => {
    const { datastore, clock, told, start } = setUp();
    await datastore.get("key", async () => (clock.advance(7), "value"));
    expect(told.names).toEqual(["miss", "loaded", "backupWritten"]);
    expect(told.of("miss")).toEqual([{ key: "key" }]);
    expect(told.of("loaded")).toEqual([{ key: "key", loadedAt: start, duration: 7 }]);
    expect(told.of("backupWritten")).toEqual([{ key: "key", loadedAt: start, size: expect.any(Number) }]);
  });

  it("the events of a hit: hit", async () => {
    const { datastore, clock, told } = setUp();
    await datastore.get("key", () => "value", "5m");
    told.forget();
    clock.advance(MINUTE);
    await datastore.get("key", () => "value", "5m");
    await datastore.getResult("key", () => "value", "5m");
    expect(told.all).toEqual([
      { name: "hit", event: { key: "key", age: MINUTE, stale: false } },
      { name: "hit", event: { key: "key", age: MINUTE, stale: false } },
    ]);
  });

  it("the events of a failed load without a backup: miss, loadFailed", async () => {
    const { datastore, clock, told } = setUp();
    const error = new Error("the source is down");
    await rejectionOf(datastore.get("key", () => (clock.advance(7), Promise.reject(error))));
    expect(told.names).toEqual(["miss", "loadFailed"]);
    expect(told.of("loadFailed")).toEqual([{ key: "key", error, duration: 7 }]);
    expect(told.of("loadFailed")[0]?.error).toBe(error);
  });

  it("the events of a fallback: miss, loadFailed, fallback", async () => {
    const { datastore, clock, told, start } = setUp();
    await datastore.get("key", () => "value", "10m");
    clock.advance(11 * MINUTE);
    told.forget();
    const error = new Error("the source is down");
    await datastore.get("key", failing(error), "10m");
    expect(told.names).toEqual(["miss", "loadFailed", "fallback"]);
    expect(told.of("fallback")).toEqual([{ key: "key", age: 11 * MINUTE, error, until: start + 16 * MINUTE }]);
  });

  it("the events of a hit of a fallback: hit, and it says stale", async () => {
    const { datastore, clock, told } = setUp();
    await datastore.get("key", () => "value", "10m");
    clock.advance(11 * MINUTE);
    await datastore.get("key", failing(), "10m");
    told.forget();
    await datastore.get("key", failing(), "10m");
    expect(told.all).toEqual([{ name: "hit", event: { key: "key", age: 11 * MINUTE, stale: true } }]);
  });

  it("the events of a recovery: miss, load, recovered, backupWritten", async () => {
    const { datastore, clock, told } = setUp();
    await datastore.get("key", () => "value", "10m");
    clock.advance(10 * MINUTE);
    await datastore.get("key", failing(), "10m");
    clock.advance(5 * MINUTE);
    await datastore.get("key", failing(), "10m");
    clock.advance(5 * MINUTE);
    told.forget();
    await datastore.get("key", () => "new", "10m");
    expect(told.names.toSorted()).toEqual(["backupWritten", "loaded", "miss", "recovered"]);
    expect(told.of("recovered")).toEqual([{ key: "key", after: 10 * MINUTE }]); // since the first failure
    told.forget();
    clock.advance(10 * MINUTE);
    await datastore.get("key", () => "newer", "10m");
    expect(told.of("recovered")).toEqual([]);
  });

  it("the events of a set that ends an outage: recovered", async () => {
    const { datastore, clock, told } = setUp();
    await datastore.get("key", () => "value", "10m");
    clock.advance(10 * MINUTE);
    await datastore.get("key", failing(), "10m");
    clock.advance(MINUTE);
    await datastore.set("key", "new");
    expect(told.of("recovered")).toEqual([{ key: "key", after: MINUTE }]);
  });

  it("the events of a failed load without a backup, no recovery: nobody was served from one", async () => {
    const { datastore, told } = setUp();
    await rejectionOf(datastore.get("key", failing()));
    await datastore.get("key", () => "value");
    expect(told.of("recovered")).toEqual([]);
  });

  it("the events of a load time-out: one loadFailed", async () => {
    holdDeadlines();
    const { datastore, told } = setUp();
    const rejection = rejectionOf(datastore.get("key", () => new Promise(() => {}), { timeout: "2s" }));
    await vi.advanceTimersByTimeAsync(2_000);
    const error = await rejection;
    expect(told.of("loadFailed")).toMatchObject([{ key: "key", error }]);
  });

  it("the events of a cache that fails: cacheFailed, then miss", async () => {
    const { datastore, cache, told } = setUp();
    cache.fails("get", (real) => (cache.count("get") === 1 ? throws()(real) : real()));
    await datastore.get("key", () => "value");
    expect(told.names).toEqual(["cacheFailed", "miss", "loaded", "backupWritten"]);
    expect(told.of("cacheFailed")).toMatchObject([{ key: "key", operation: "get", error: { code: "STORE_FAILED" } }]);
  });

  it("the events of a damaged record in a cache: cacheFailed, then miss", async () => {
    const cache = byteCache();
    const { datastore, told } = setUp({ cache });
    cache.stored.set(idOf("key"), Buffer.from("damaged"));
    await datastore.get("key", () => "value");
    expect(told.names).toEqual(["cacheFailed", "miss", "loaded", "backupWritten"]);
    expect(told.of("cacheFailed")).toMatchObject([{ key: "key", operation: "get", error: { code: "UNREADABLE" } }]);
  });

  it("the events of a damaged record in the backup: backupCorrupt", async () => {
    const { datastore, backup, told } = setUp();
    await backup.adapter.write(idOf("key"), Buffer.from("damaged"), { loadedAt: 5, usedAt: 5 });
    await rejectionOf(datastore.get("key", failing()));
    expect(told.names).toEqual(["miss", "loadFailed", "backupCorrupt"]);
    expect(told.of("backupCorrupt")).toEqual([{ key: "key", loadedAt: 5, reason: "not a lastgood record" }]);
  });

  it("the events of a write that fails: backupFailed, and backupWritten when it is made good", async () => {
    const { datastore, backup, told, start } = setUp();
    backup.fails("write", throws());
    await datastore.get("key", () => "value");
    expect(told.names).toEqual(["miss", "loaded", "backupFailed"]);
    expect(told.of("backupFailed")).toMatchObject([{ key: "key", operation: "write", retry: true, error: { code: "STORE_FAILED" } }]);
    backup.heals();
    told.forget();
    await datastore.flush();
    expect(told.all).toEqual([{ name: "backupWritten", event: { key: "key", loadedAt: start, size: expect.any(Number) } }]);
  });

  it("the events of a value that no backup can keep: backupFailed, with the reason", async () => {
    const { datastore, told } = setUp();
    await datastore.get("key", () => () => "a function");
    expect(told.names.toSorted()).toEqual(["backupFailed", "loaded", "miss"]);
    expect(told.of("backupFailed")).toMatchObject([{ key: "key", operation: "encode", retry: false, error: { code: "UNSERIALIZABLE" } }]);
  });

  it("the events of a thousand callers: one miss each, and one load", async () => {
    const { datastore, told } = setUp();
    await Promise.all(Array.from({ length: 1_000 }, () => datastore.get("key", async () => "value")));
    expect(told.of("miss")).toHaveLength(1_000);
    expect(told.of("loaded")).toHaveLength(1);
    expect(told.of("backupWritten")).toHaveLength(1);
  });

  it("the events of an undefined value: load, and nothing that is written", async () => {
    const { datastore, told } = setUp();
    await datastore.get("key", () => undefined);
    expect(told.names).toEqual(["miss", "loaded"]);
  });

  it("the events of a backupWritten tell the size of the record in the store", async () => {
    const { datastore, backup, told } = setUp();
    await datastore.get("key", () => "x".repeat(1_000));
    const record = await backup.adapter.read(idOf("key"));
    expect(told.of("backupWritten")).toMatchObject([{ size: record?.bytes.length }]);
  });
});

describe("a listener", () => {
  it("a listener is called before get answers", async () => {
    const { datastore } = setUp();
    const heard: string[] = [];
    datastore.on("loaded", ({ key }) => heard.push(key));
    await datastore.get("key", () => "value").then(() => heard.push("answered"));
    expect(heard).toEqual(["key", "answered"]);
  });

  it("a listener that throws disturbs neither the caller nor the other listeners, and is told of by a warning", async () => {
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    onTestFinished(() => warned.mockRestore());
    const { datastore, told } = setUp();
    const heard = vi.fn();
    for (const name of ["miss", "loaded", "loadFailed", "backupWritten"] as const) {
      datastore.on(name, () => {
        throw new Error("a listener's own mistake");
      });
    }
    datastore.on("loaded", heard);
    expect(await datastore.get("key", () => "value")).toBe("value");
    const error = new Error("the source is down");
    expect(await rejectionOf(datastore.get("other", failing(error)))).toBe(error);
    expect(heard).toHaveBeenCalledTimes(1);
    expect(told.names).toEqual(["miss", "loaded", "backupWritten", "miss", "loadFailed"]);
    expect(warned).toHaveBeenCalledWith(expect.stringContaining("a listener's own mistake"), expect.objectContaining({ code: "LASTGOOD_LISTENER" }));
  });

  it.each([
    ["undefined", undefined],
    ["null", null],
    ["an object without a prototype", Object.create(null)],
    ["a symbol", Symbol("oops")],
  ])("may throw even %s", async (_, thrown) => {
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    onTestFinished(() => warned.mockRestore());
    const { datastore } = setUp();
    datastore.on("miss", () => {
      throw thrown;
    });
    expect(await datastore.get("key", () => "value")).toBe("value");
  });

  it("a listener that is asynchronous and rejects raises no unhandled rejection", async () => {
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    onTestFinished(() => void process.off("unhandledRejection", unhandled));
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    onTestFinished(() => warned.mockRestore());
    const { datastore } = setUp();
    datastore.on("miss", async () => Promise.reject(new Error("a listener's own mistake")));
    expect(await datastore.get("key", () => "value")).toBe("value");
    await turn();
    expect(unhandled).not.toHaveBeenCalled();
  });

  it("a listener is heard until it is stopped, and stopping it twice does no harm", async () => {
    const { datastore } = setUp();
    const heard = vi.fn();
    const stop = datastore.on("miss", heard);
    await datastore.get("one", () => 1);
    stop();
    stop();
    await datastore.get("two", () => 2);
    expect(heard).toHaveBeenCalledTimes(1);
  });

  it("a listener that is added twice is heard twice, and each stop stops its own", async () => {
    const { datastore } = setUp();
    const heard = vi.fn();
    const stop = datastore.on("miss", heard);
    datastore.on("miss", heard);
    await datastore.get("one", () => 1);
    expect(heard).toHaveBeenCalledTimes(2);
    stop();
    await datastore.get("two", () => 2);
    expect(heard).toHaveBeenCalledTimes(3);
  });

  it("a listener may stop itself while it is told", async () => {
    const { datastore } = setUp();
    const heard = vi.fn();
    const stop = datastore.on("miss", () => (heard(), stop()));
    const after = vi.fn();
    datastore.on("miss", after);
    await datastore.get("one", () => 1);
    await datastore.get("two", () => 2);
    expect(heard).toHaveBeenCalledTimes(1);
    expect(after).toHaveBeenCalledTimes(2);
  });

  it("a listener may use the datastore while it is told", async () => {
    const { datastore } = setUp();
    let inner: Promise<string> | undefined;
    datastore.on("loaded", ({ key }) => {
      if (key === "outer") inner = datastore.get("inner", () => "inner");
    });
    await datastore.get("outer", () => "outer");
    expect(await inner).toBe("inner");
  });

  it("hears only its own datastore", async () => {
    const { datastore, another } = setUp();
    const heard = vi.fn();
    another().on("loaded", heard);
    await datastore.get("key", () => "value");
    expect(heard).not.toHaveBeenCalled();
  });

  it("a listener of an event that there is not is refused, with those that there are", () => {
    const { datastore } = setUp();
    const careless = datastore as unknown as { on(...args: readonly unknown[]): unknown }; // what plain JavaScript can do
    expect(() => careless.on("hits", () => {})).toThrow(RangeError);
    expect(() => careless.on("hits", () => {})).toThrow(/hit, miss.*"hits"/);
    expect(() => careless.on("toString", () => {})).toThrow(RangeError);
    expect(() => careless.on("hit", "listener")).toThrow(TypeError);
    expect(() => careless.on("hit", "listener")).toThrow(/listener must be a function; got "listener"/);
  });
});

describe("diagnostics_channel", () => {
  /** What a channel tells in this test. */
  function heardOn(name: string): unknown[] {
    const heard: unknown[] = [];
    const listener = (message: unknown): void => void heard.push(message);
    subscribe(name, listener);
    onTestFinished(() => void unsubscribe(name, listener));
    return heard;
  }

  it("diagnostics_channel has the same facts as the events, as lastgood:*", async () => {
    const names = ["hit", "miss", "loaded", "loadFailed", "fallback", "recovered", "backupWritten"] as const satisfies readonly (keyof DatastoreEvents)[];
    const { datastore, clock, told } = setUp();
    const heard = Object.fromEntries(names.map((name) => [name, heardOn(`lastgood:${name}`)]));
    await datastore.get("key", () => "value", "10m");
    await datastore.get("key", () => "value", "10m");
    clock.advance(10 * MINUTE);
    await datastore.get("key", failing(), "10m");
    clock.advance(5 * MINUTE);
    await datastore.get("key", () => "new", "10m");
    await turn();
    for (const name of names) {
      expect(heard[name]).toEqual(told.of(name));
      expect(heard[name]?.length).toBeGreaterThan(0);
    }
  });

  it("diagnostics_channel is published to without a listener on the datastore", async () => {
    const { another } = setUp();
    const hits = heardOn("lastgood:hit");
    const misses = heardOn("lastgood:miss");
    const datastore = another();
    await datastore.get("key", () => "value");
    await datastore.get("key", () => "value");
    expect(misses).toEqual([{ key: "key" }]);
    expect(hits).toEqual([{ key: "key", age: 0, stale: false }]);
  });

  it("diagnostics_channel has a channel for failures of the stores", async () => {
    const { datastore, cache, backup } = setUp();
    const cacheFailures = heardOn("lastgood:cacheFailed");
    const backupFailures = heardOn("lastgood:backupFailed");
    cache.fails("get", throws());
    backup.fails("write", throws());
    await datastore.get("key", () => "value");
    expect(cacheFailures[0]).toMatchObject({ key: "key", operation: "get" });
    expect(backupFailures).toMatchObject([{ key: "key", operation: "write", retry: true }]);
  });

  it("diagnostics_channel has a channel for culls and one for damaged records", async () => {
    const { datastore, backup } = setUp();
    const culls = heardOn("lastgood:culled");
    const damages = heardOn("lastgood:backupCorrupt");
    await backup.adapter.write(idOf("key"), Buffer.from("damaged"), { loadedAt: 5, usedAt: 5 });
    await datastore.peekBackup("key");
    await datastore.cull();
    expect(damages).toMatchObject([{ key: "key" }]);
    expect(culls).toHaveLength(1);
  });

  it("diagnostics_channel has no subscribers when nobody has subscribed", () => {
    expect(channel("lastgood:hit").hasSubscribers).toBe(false);
  });
});

describe("a value that no backup can keep", () => {
  it("a value that no backup can keep is warned of once for each key where nobody listens", async () => {
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    onTestFinished(() => warned.mockRestore());
    const { another } = setUp();
    const datastore = another();
    await datastore.get("one", () => () => 1);
    await datastore.get("two", () => () => 2);
    await datastore.get("two", () => () => 3, 0);
    await datastore.expire("one");
    await datastore.get("one", () => () => 4);
    const warnings = warned.mock.calls.filter(([, options]) => typeof options === "object" && options.code === "LASTGOOD_UNSERIALIZABLE");
    expect(warnings.map(([text]) => /"(one|two)"/.exec(String(text))?.[1])).toEqual(["one", "two"]);
  });

  it("a value that no backup can keep is still answered and cached", async () => {
    const { datastore } = setUp();
    const value = (): string => "a function";
    expect(await datastore.get("key", () => value)).toBe(value);
    expect(await datastore.get("key", () => () => "another")).toBe(value);
  });

  it("a value that no backup can keep is answered though a cache of bytes cannot keep it either", async () => {
    const { datastore, told } = setUp({ cache: byteCache() });
    const value = (): string => "a function";
    expect(await datastore.get("key", () => value)).toBe(value);
    expect(told.names).toContain("backupFailed");
  });
});

describe("a hung touch", () => {
  it("a hung touch is told of once, when its deadline is over", async () => {
    holdDeadlines();
    const { datastore, backup, clock, told } = setUp({ ttl: Infinity });
    await datastore.get("key", () => "value");
    clock.advance(10 * 24 * 60 * MINUTE);
    backup.fails("touch", hangs());
    await datastore.get("key", failing());
    await vi.advanceTimersByTimeAsync(10_000);
    expect(told.of("backupFailed")).toMatchObject([{ operation: "touch", error: { code: "STORE_TIMEOUT" } }]);
  });
});
