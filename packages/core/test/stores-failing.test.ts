import { describe, expect, it, vi } from "vitest";
import { type CacheAdapter, DatastoreError, GoneError } from "../src/index.ts";
import { memoryBackup } from "../src/testing.ts";
import { isSettled, turn } from "./support/gate.ts";
import { DAY, failing, holdDeadlines, idOf, MINUTE, rejectionOf, setUp, type Setting } from "./support/setting.ts";
import { byteCache, type Fault, hangs, isSlow, lies, mapCache, rejects, throws, throwsAfter } from "./support/stores.ts";

const CACHES: readonly (readonly [string, () => CacheAdapter])[] = [
  ["a cache of values", mapCache],
  ["a cache of bytes", byteCache],
];

/** Ways to fail, and the code of the error that core makes of it. */
const FAULTS: readonly (readonly [string, () => Fault, string])[] = [
  ["throws", () => throws(), "STORE_FAILED"],
  ["rejects", () => rejects(), "STORE_FAILED"],
  ["throws undefined", () => throws(undefined), "STORE_FAILED"],
  ["throws what has no text", () => throws(Object.create(null)), "STORE_FAILED"],
  ["hangs", () => hangs(), "STORE_TIMEOUT"],
];

const CACHE_FAULTS = CACHES.flatMap(([cache, make]) => FAULTS.map(([how, fault, code]) => ({ cache, make, how, fault, code })));

/** Long enough for every deadline that there is. */
async function pastAllDeadlines(): Promise<void> {
  await vi.advanceTimersByTimeAsync(30_000);
}

/** What becomes of it when every deadline is over. */
async function afterDeadlines<T>(promise: Promise<T>): Promise<T> {
  const settled = isSettled(promise);
  await pastAllDeadlines();
  // A cull rests and lets the event loop turn now and then, the longer the busier the machine is. No fake timer stops it.
  const giveUpAt = process.hrtime.bigint() + 5_000_000_000n;
  let isOver = await settled;
  while (!isOver && process.hrtime.bigint() < giveUpAt) isOver = await isSettled(promise);
  if (!isOver) throw new Error("it hangs, though every deadline is over");
  return promise;
}

/** A good value that is not in the cache any more, and no event yet. */
async function withGoodBackup(setting: Setting): Promise<void> {
  await setting.datastore.get("key", () => "good", "5m");
  setting.clock.advance(5 * MINUTE);
  setting.told.forget();
  setting.cache.calls.length = 0;
  setting.backup.calls.length = 0;
}

describe.each(CACHE_FAULTS)("$cache whose get $how", ({ make, fault, code }) => {
  it("a cache whose get fails is a miss: the loader answers, and one event tells", async () => {
    holdDeadlines();
    const { datastore, cache, told } = setUp({ cache: make() });
    cache.fails("get", fault());
    expect(await afterDeadlines(datastore.get("key", () => "loaded"))).toBe("loaded");
    expect(told.of("miss")).toEqual([{ key: "key" }]);
    const [first] = told.of("cacheFailed");
    expect(first).toMatchObject({ key: "key", operation: "get", error: { code, key: "key", adapter: make().name, operation: "get" } });
    expect(told.of("cacheFailed").filter(({ operation }) => operation === "get")).toHaveLength(1);
  });

  it("a cache whose get fails lets the backup answer when the loader fails", async () => {
    holdDeadlines();
    const setting = setUp({ cache: make() });
    await withGoodBackup(setting);
    setting.cache.fails("get", fault());
    expect(await afterDeadlines(setting.datastore.get("key", failing()))).toBe("good");
  });

  it("a cache whose get fails lets the loader's own error through where there is no backup", async () => {
    holdDeadlines();
    const { datastore, cache } = setUp({ cache: make() });
    cache.fails("get", fault());
    const error = new Error("the source is down");
    expect(await afterDeadlines(rejectionOf(datastore.get("key", failing(error))))).toBe(error);
  });
});

describe.each(CACHE_FAULTS)("$cache whose set $how", ({ make, fault, code }) => {
  it("a cache whose set fails costs nothing but the caching: the value is answered and backed up, and one event tells", async () => {
    holdDeadlines();
    const { datastore, cache, told } = setUp({ cache: make() });
    cache.fails("set", fault());
    expect(await afterDeadlines(datastore.get("key", () => "loaded"))).toBe("loaded");
    expect(told.of("cacheFailed")).toMatchObject([{ key: "key", operation: "set", error: { code, operation: "set" } }]);
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "loaded" });
  });

  it("a cache whose set fails does not keep a fallback from answering", async () => {
    holdDeadlines();
    const setting = setUp({ cache: make() });
    await withGoodBackup(setting);
    setting.cache.fails("set", fault());
    expect(await afterDeadlines(setting.datastore.get("key", failing()))).toBe("good");
    expect(setting.told.of("cacheFailed")).toMatchObject([{ key: "key", operation: "set" }]);
  });

  it("a cache whose set fails makes a set reject, with the value in the backup", async () => {
    holdDeadlines();
    const { datastore, cache } = setUp({ cache: make() });
    cache.fails("set", fault());
    expect(await afterDeadlines(rejectionOf(datastore.set("key", "value")))).toMatchObject({ name: "DatastoreError", code, operation: "set" });
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "value" });
  });
});

describe.each(CACHE_FAULTS)("$cache whose delete $how", ({ make, fault, code }) => {
  it("a cache whose delete fails makes an expire reject", async () => {
    holdDeadlines();
    const { datastore, cache } = setUp({ cache: make() });
    cache.fails("delete", fault());
    expect(await afterDeadlines(rejectionOf(datastore.expire("key")))).toMatchObject({ name: "DatastoreError", code, operation: "delete" });
  });

  it("a cache whose delete fails makes a delete reject, with the backup gone all the same", async () => {
    holdDeadlines();
    const { datastore, cache } = setUp({ cache: make() });
    await datastore.get("key", () => "old");
    cache.fails("delete", fault());
    expect(await afterDeadlines(rejectionOf(datastore.delete("key")))).toMatchObject({ code, operation: "delete" });
    expect(await datastore.peekBackup("key")).toBeUndefined();
  });
});

describe("a cache that lies", () => {
  it.each([null, "text", 42, {}, [], () => {}, { value: "forged", expiresAt: Infinity }].map((garbage: unknown) => ({ garbage })))(
    "a cache that lies and has $garbage for a value is a miss",
    async ({ garbage }) => {
      const { datastore, cache } = setUp({ cache: mapCache() });
      cache.fails("get", lies(garbage));
      expect(await datastore.get("key", () => "loaded")).toBe("loaded");
    },
  );

  it.each([null, "text", 42, {}, new Uint8Array(), Buffer.from("<html>"), new Uint8Array(200)].map((garbage: unknown) => ({ garbage })))(
    "a cache that lies and has $garbage for bytes is a miss and an event",
    async ({ garbage }) => {
      const { datastore, cache, told } = setUp({ cache: byteCache() });
      cache.fails("get", lies(garbage));
      expect(await datastore.get("key", () => "loaded")).toBe("loaded");
      expect(told.of("cacheFailed")[0]).toMatchObject({ key: "key", operation: "get", error: { code: "UNREADABLE", key: "key" } });
      expect(told.of("miss")).toEqual([{ key: "key" }]);
    },
  );

  it("a cache that lies and has the record of another key is a miss and an event", async () => {
    const cache = byteCache();
    const { datastore, told } = setUp({ cache });
    await datastore.get("other", () => "other");
    const record = cache.stored.get(idOf("other")) ?? new Uint8Array();
    cache.stored.set(idOf("key"), record);
    expect(await datastore.get("key", () => "mine")).toBe("mine");
    expect(told.of("cacheFailed")).toMatchObject([{ key: "key", operation: "get", error: { code: "UNREADABLE" } }]);
  });

  it("a cache that lies and says that it set what it did not costs a load, no more", async () => {
    const { datastore, cache } = setUp();
    cache.fails("set", lies(undefined));
    const load = vi.fn(() => "loaded");
    await datastore.get("key", load);
    expect(await datastore.get("key", load)).toBe("loaded");
    expect(load).toHaveBeenCalledTimes(2);
  });

  it("a cache that lies and answers with a promise whose `then` throws is a miss", async () => {
    const { datastore, cache } = setUp();
    const hostile = {
      // A thenable is the point.
      // oxlint-disable-next-line unicorn/no-thenable
      then() {
        throw new Error("no promise at all");
      },
    };
    cache.fails("get", lies(hostile));
    expect(await datastore.get("key", () => "loaded")).toBe("loaded");
  });
});

describe("a cache that was down while a newer value was loaded", () => {
  it.each(CACHES)("a cache that was down while a newer value was loaded does not answer with the older one afterwards: %s", async (_, make) => {
    const { datastore, cache, clock } = setUp({ cache: make() });
    await datastore.get("key", () => "old", "1h");
    clock.advance(MINUTE);
    cache.failsAt(["get", "set"], throws());
    expect(await datastore.get("key", () => "new", "1h")).toBe("new");
    cache.heals();
    expect(await datastore.get("key", () => "newer", "1h")).not.toBe("old");
  });
});

describe.each(FAULTS)("a backup whose read %s", (_, fault, code) => {
  it("a backup whose read fails lets the loader's own error through, and one event tells why", async () => {
    holdDeadlines();
    const setting = setUp();
    await withGoodBackup(setting);
    setting.backup.fails("read", fault());
    const error = new Error("the source is down");
    expect(await afterDeadlines(rejectionOf(setting.datastore.get("key", failing(error))))).toBe(error);
    expect(setting.told.of("backupFailed")).toMatchObject([
      { key: "key", operation: "read", retry: false, error: { code, key: "key", adapter: "memory", operation: "read" } },
    ]);
  });

  it("a backup whose read fails keeps no good load from answering", async () => {
    const { datastore, backup } = setUp();
    backup.fails("read", fault());
    expect(await datastore.get("key", () => "loaded")).toBe("loaded");
  });

  it("a backup whose read fails makes peekBackup reject", async () => {
    holdDeadlines();
    const { datastore, backup } = setUp();
    backup.fails("read", fault());
    expect(await afterDeadlines(rejectionOf(datastore.peekBackup("key")))).toMatchObject({ name: "DatastoreError", code, operation: "read" });
  });

  it("a backup whose read fails is undefined to a loader that asks for lastGood, and an event", async () => {
    holdDeadlines();
    const { datastore, backup, told } = setUp({ timeout: "1h" });
    backup.fails("read", fault());
    expect(await afterDeadlines(datastore.get("key", async ({ lastGood }) => ((await lastGood()) === undefined ? "nothing" : "something")))).toBe("nothing");
    expect(told.of("backupFailed")).toMatchObject([{ key: "key", operation: "read" }]);
  });
});

describe.each(FAULTS)("a backup whose write %s", (_, fault, code) => {
  it("a backup whose write fails keeps the caller from nothing: the fresh value is the answer, never an old backup, and one event tells", async () => {
    holdDeadlines();
    const setting = setUp();
    await withGoodBackup(setting);
    setting.backup.fails("write", fault());
    const got = setting.datastore.get("key", () => "fresh");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await got).toBe("fresh");
    await vi.advanceTimersByTimeAsync(9_000);
    expect(setting.told.of("backupFailed")[0]).toMatchObject({
      key: "key",
      operation: "write",
      retry: true,
      error: { code, key: "key", adapter: "memory", operation: "write" },
    });
    expect(await setting.datastore.get("key", failing())).toBe("fresh");
  });

  it("a backup whose write fails makes a set reject, with the value in the cache", async () => {
    holdDeadlines();
    const { datastore, backup } = setUp();
    backup.fails("write", fault());
    expect(await afterDeadlines(rejectionOf(datastore.set("key", "value")))).toMatchObject({ name: "DatastoreError", code, operation: "write" });
    expect(await datastore.get("key", failing())).toBe("value");
  });
});

describe("a backup whose write lies", () => {
  it.each([undefined, null, NaN, -1, "stored", {}].map((stamp: unknown) => ({ stamp })))("a backup whose write lies and answers with $stamp is believed to have stored", async ({ stamp }) => {
    const { datastore, backup } = setUp();
    backup.fails("write", (real) => (real(), stamp));
    expect(await datastore.get("key", () => "loaded")).toBe("loaded");
    await datastore.flush();
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "loaded" });
  });

  it.each([
    ["at once", (stamp: number): unknown => stamp],
    ["with a promise", async (stamp: number) => stamp],
  ])("a backup whose write lies and always knows of a later stamp, %s, is not written to for ever", async (_, answer) => {
    const { datastore, backup } = setUp();
    let stamp = 4_000_000_000_000;
    backup.fails("write", () => answer(unlessForEver(backup, (stamp += 1_000_000))));
    expect(await datastore.get("key", () => "loaded")).toBe("loaded");
    await turn();
    expect(backup.count("write")).toBeLessThan(20);
  });

  it("a backup whose write lies and answers with Infinity is not written to for ever", async () => {
    const { datastore, backup } = setUp();
    backup.fails("write", () => unlessForEver(backup, Infinity));
    expect(await datastore.get("key", () => "loaded")).toBe("loaded");
    expect(backup.count("write")).toBeLessThan(20);
  });

  /** An endless loop would take the test runner with it. */
  function unlessForEver(backup: Setting["backup"], stamp: number): number {
    if (backup.count("write") > 100) throw new Error("enough");
    return stamp;
  }
});

describe("a backup whose read lies", () => {
  it.each([null, "text", 42, {}, { bytes: null, loadedAt: 1 }, { bytes: "text", loadedAt: NaN }, { bytes: [1, 2], loadedAt: 1 }].map((garbage: unknown) => ({ garbage })))(
    "a backup whose read lies and has $garbage for a record lets the loader's own error through, and an event tells",
    async ({ garbage }) => {
      const { datastore, backup, told } = setUp();
      backup.fails("read", lies(garbage));
      const error = new Error("the source is down");
      expect(await rejectionOf(datastore.get("key", failing(error)))).toBe(error);
      expect([...told.of("backupFailed"), ...told.of("backupCorrupt")].length).toBeGreaterThan(0);
    },
  );

  it("a backup whose read lies and has the record of another key does not let it stand in", async () => {
    const { datastore, backup, told } = setUp();
    await datastore.get("other", () => "secret of another");
    const record = backup.adapter.read(idOf("other"));
    backup.fails("read", lies(record));
    const error = new Error("the source is down");
    expect(await rejectionOf(datastore.get("key", failing(error)))).toBe(error);
    expect(told.of("backupCorrupt")[0]).toMatchObject({ key: "key", reason: expect.stringContaining("another key") });
  });

  it("a backup whose read lies and has one record whatever it is asked for tells of it once", async () => {
    const { datastore, backup, told } = setUp();
    backup.fails("read", lies({ bytes: Buffer.from("<html>"), loadedAt: 5 }));
    await rejectionOf(datastore.get("key", failing()));
    expect(told.of("backupCorrupt")).toHaveLength(1);
  });
});

describe.each(FAULTS)("a backup whose touch %s", (_, fault, code) => {
  it("a backup whose touch fails holds nobody up, and one event tells", async () => {
    holdDeadlines();
    const { datastore, backup, clock, told } = setUp({ ttl: Infinity });
    await datastore.get("key", () => "value");
    clock.advance(4 * DAY);
    backup.fails("touch", fault());
    expect(await datastore.get("key", failing())).toBe("value");
    await pastAllDeadlines();
    expect(told.of("backupFailed")).toMatchObject([{ key: "key", operation: "touch", retry: false, error: { code, operation: "touch" } }]);
  });
});

describe.each(FAULTS)("a backup whose delete %s", (_, fault, code) => {
  it("a backup whose delete fails makes a delete reject, with the cache emptied all the same", async () => {
    holdDeadlines();
    const { datastore, backup } = setUp();
    await datastore.get("key", () => "old");
    backup.fails("delete", fault());
    expect(await afterDeadlines(rejectionOf(datastore.delete("key")))).toMatchObject({ name: "DatastoreError", code, operation: "delete" });
    expect(await datastore.get("key", () => "new")).toBe("new");
  });

  it("a backup whose delete fails does not keep a GoneError from its caller, and one event tells", async () => {
    holdDeadlines();
    const setting = setUp();
    await withGoodBackup(setting);
    setting.backup.fails("delete", fault());
    const gone = new GoneError("no such user");
    expect(await afterDeadlines(rejectionOf(setting.datastore.get("key", failing(gone))))).toBe(gone);
    expect(setting.told.of("backupFailed")).toMatchObject([{ key: "key", operation: "delete", retry: false, error: { code } }]);
  });
});

describe.each(FAULTS)("a backup whose list %s", (_, fault, code) => {
  it("a backup whose list fails makes a cull reject", async () => {
    holdDeadlines();
    const { datastore, backup } = setUp();
    backup.fails("list", (real) => streaming(fault(), real));
    expect(await afterDeadlines(rejectionOf(datastore.cull()))).toMatchObject({ name: "DatastoreError", code, operation: "list" });
  });

  it("a backup whose list fails is an event for a cull in the background, and holds nobody up", async () => {
    holdDeadlines();
    const { datastore, backup, told } = setUp({ cullAfter: 1 });
    backup.fails("list", (real) => streaming(fault(), real));
    expect(await datastore.get("key", () => "loaded")).toBe("loaded");
    await pastAllDeadlines();
    expect(told.of("backupFailed")).toMatchObject([{ key: undefined, operation: "cull", retry: false, error: { code } }]);
  });

  it("a backup whose list fails lets the next cull through when it is well again", async () => {
    holdDeadlines();
    const { datastore, backup } = setUp();
    await datastore.get("key", () => "loaded");
    backup.fails("list", (real) => streaming(fault(), real));
    await afterDeadlines(rejectionOf(datastore.cull()));
    backup.heals();
    expect(await datastore.cull()).toMatchObject({ examined: 1 });
  });

  /** What is thrown at once stays so; what a promise would do, the stream does at its first step. */
  function streaming(failure: Fault, real: () => unknown): unknown {
    const answer = failure(real);
    return {
      async *[Symbol.asyncIterator]() {
        yield await answer;
      },
    };
  }
});

describe("a backup whose list fails half-way", () => {
  it.each(FAULTS)("a backup whose list fails half-way and %s makes a cull reject", async (_, fault, code) => {
    holdDeadlines();
    const real = memoryBackup();
    const { datastore, backup } = setUp({ backup: real });
    await datastore.get("one", () => 1);
    await datastore.get("two", () => 2);
    backup.fails("list", async function* () {
      for await (const info of real.list()) {
        yield info;
        await fault()(() => undefined);
      }
    });
    expect(await afterDeadlines(rejectionOf(datastore.cull()))).toMatchObject({ name: "DatastoreError", code, operation: "list" });
  });
});

describe("a backup whose list lies", () => {
  it("a backup whose list lies about the last use deletes nothing for it", async () => {
    const { datastore, backup } = setUp();
    await datastore.get("key", () => "good");
    backup.fails("list", async function* () {
      for (const usedAt of [NaN, undefined, "long ago", Infinity]) yield { id: idOf("key"), usedAt, loadedAt: 1, size: 1 };
    });
    await datastore.cull({ force: true });
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "good" });
  });

  it.each([undefined, null, 7].map((garbage: unknown) => ({ garbage })))("a backup whose list lies and has $garbage for an entry makes a cull reject with a DatastoreError, or does it no harm", async ({ garbage }) => {
    const { datastore, backup } = setUp();
    backup.fails("list", async function* () {
      yield garbage;
    });
    const outcome = await datastore.cull().catch((error: unknown) => error);
    if (outcome instanceof Error) expect(outcome).toBeInstanceOf(DatastoreError);
    backup.heals();
    expect(await datastore.cull()).toMatchObject({ examined: 0 });
  });
});

describe.each(FAULTS)("a backup whose lock %s", (_, fault, code) => {
  it("a backup whose lock fails makes a cull reject, and lets the next one through when it is well again", async () => {
    holdDeadlines();
    const { datastore, backup } = setUp();
    await datastore.get("key", () => "loaded");
    backup.fails("lock", fault());
    expect(await afterDeadlines(rejectionOf(datastore.cull()))).toMatchObject({ name: "DatastoreError", code, operation: "lock" });
    expect(backup.count("list")).toBe(0);
    backup.heals();
    expect(await datastore.cull()).toMatchObject({ examined: 1 });
  });

  it("a lock that cannot be released harms nobody: the cull has been done", async () => {
    holdDeadlines();
    const { datastore, backup } = setUp();
    await datastore.get("key", () => "loaded");
    backup.fails("lock", lies(() => fault()(() => undefined)));
    expect(await afterDeadlines(datastore.cull())).toMatchObject({ examined: 1 });
    backup.heals();
    expect(await datastore.cull()).toMatchObject({ examined: 1 });
  });
});

describe.each(FAULTS)("a store whose close %s", (_, fault, code) => {
  it("a store whose close fails makes close() reject, and the other store is closed all the same", async () => {
    holdDeadlines();
    const closable = (): { close: () => void } => ({ close: () => {} });
    const { datastore, cache, backup } = setUp({ cache: { ...mapCache(), ...closable() }, backup: { ...memoryBackup(), ...closable() } });
    cache.fails("close", fault());
    expect(await afterDeadlines(rejectionOf(datastore.close()))).toMatchObject({ name: "DatastoreError", code, operation: "close", adapter: "map" });
    expect(backup.count("close")).toBe(1);
  });
});

describe("a store that is left alone since it does not answer", () => {
  it("a store that is left alone since it does not answer is closed all the same: what it has opened would keep the process alive", async () => {
    holdDeadlines();
    const closable = (): { close: () => void } => ({ close: () => {} });
    const { datastore, cache, backup } = setUp({ cache: { ...mapCache(), ...closable() }, backup: { ...memoryBackup(), ...closable() } });
    cache.fails("get", hangs());
    backup.fails("read", hangs());
    for (let turns = 0; turns < 5; turns++) await afterDeadlines(rejectionOf(datastore.get("key", failing())));
    expect(datastore.health()).toMatchObject({ cache: { state: "paused" }, backup: { state: "paused" } });
    await datastore.close();
    expect([cache.count("close"), backup.count("close")]).toEqual([1, 1]);
  });

  it("a store that is left alone since it does not answer gets its lock back: other processes could not cull any more", async () => {
    holdDeadlines();
    const { datastore, backup, start } = setUp();
    let released: string | undefined;
    backup.adapter.lock = () => () => void (released = datastore.health().backup.state);
    backup.adapter.list = async function* () {
      backup.fails("read", hangs());
      for (let index = 0; index < 5; index++) void rejectionOf(datastore.get(`key ${index}`, failing()));
      yield { id: "id", usedAt: start, loadedAt: start, size: 1 };
      await new Promise(() => {});
    };
    const culling = rejectionOf(datastore.cull());
    while (backup.count("read") < 5) await turn();
    await afterDeadlines(culling);
    expect(released).toBe("paused");
  });
});

describe("a backup whose newest record cannot be read", () => {
  const unreadable = (loadedAt: number): Fault => throws(Object.assign(new Error("a bad sector"), { loadedAt }));

  it("a backup whose newest record cannot be read and that says which it is lets the one before stand in, and one event tells", async () => {
    const setting = setUp();
    await withGoodBackup(setting);
    const newest = setting.clock.now();
    setting.backup.fails("read", (real) => {
      setting.backup.heals();
      return unreadable(newest)(real);
    });
    expect(await setting.datastore.get("key", failing())).toBe("good");
    expect(setting.told.of("backupCorrupt")).toEqual([{ key: "key", loadedAt: newest, reason: "not readable", error: expect.objectContaining({ code: "STORE_FAILED", cause: expect.any(Error) }) }]);
    expect(setting.told.of("backupFailed")).toEqual([]);
  });

  it("a backup whose newest record cannot be read and has none before it is not a backup without records: peekBackup rejects", async () => {
    const setting = setUp();
    setting.backup.fails("read", unreadable(7));
    expect(await rejectionOf(setting.datastore.peekBackup("key"))).toMatchObject({ code: "STORE_FAILED", operation: "read" });
  });
});

describe("a backup that answers no writes", () => {
  it("a backup that answers no writes goes on to be read: what it was not told is no reason not to ask it", async () => {
    holdDeadlines();
    const setting = setUp();
    await withGoodBackup(setting);
    setting.backup.fails("write", hangs());
    const loads = Array.from({ length: 6 }, (_, index) => setting.datastore.get(`other ${index}`, () => "loaded"));
    await afterDeadlines(Promise.all(loads));
    expect(setting.datastore.health()).toMatchObject({ backup: { state: "paused" } });
    expect(await setting.datastore.get("key", failing())).toBe("good");
  });

  it("a backup that answers no writes has not the last word: a value that is on its way to it is the last good one", async () => {
    holdDeadlines();
    const setting = setUp();
    await withGoodBackup(setting);
    setting.backup.fails("write", hangs());
    const newer = setting.datastore.get("key", () => "newer", { ttl: 0, backupWait: 0 });
    expect(await newer).toBe("newer");
    expect(await setting.datastore.get("key", failing(), { ttl: 0 })).toBe("newer");
  });
});

describe("a store that fails after it has done what it should", () => {
  it("a store that fails after it has done what it should in a write has the value written once more, to no harm", async () => {
    const { datastore, backup } = setUp();
    backup.fails("write", throwsAfter());
    expect(await datastore.get("key", () => "loaded")).toBe("loaded");
    backup.heals();
    await datastore.flush();
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "loaded" });
  });
});

describe("a deadline", () => {
  it("a deadline of a cache call is a second, and of a backup call ten", async () => {
    holdDeadlines();
    const { datastore, cache, backup } = setUp();
    cache.fails("get", hangs());
    backup.fails("read", hangs());
    const rejection = rejectionOf(datastore.get("key", failing()));
    await vi.advanceTimersByTimeAsync(999);
    expect(backup.count("read")).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(backup.count("read")).toBe(1);
    await vi.advanceTimersByTimeAsync(9_999);
    expect(await isSettled(rejection)).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await isSettled(rejection)).toBe(true);
  });

  it("a deadline is what cacheTimeout and backupTimeout say", async () => {
    holdDeadlines();
    const { datastore, cache, backup } = setUp({ cacheTimeout: 50, backupTimeout: "2s" });
    cache.fails("get", hangs());
    backup.fails("read", hangs());
    const rejection = rejectionOf(datastore.get("key", failing()));
    await vi.advanceTimersByTimeAsync(50);
    expect(backup.count("read")).toBe(1);
    await vi.advanceTimersByTimeAsync(1_999);
    expect(await isSettled(rejection)).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await isSettled(rejection)).toBe(true);
  });

  it("a deadline aborts the signal that the adapter was given, if it looked at it", async () => {
    holdDeadlines();
    const { datastore, backup } = setUp();
    let signal: AbortSignal | undefined;
    backup.adapter.read = (_id, options) => ((signal = options?.signal), new Promise(() => {}));
    const rejection = rejectionOf(datastore.get("key", failing()));
    await vi.advanceTimersByTimeAsync(9_999);
    expect(signal?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await rejection;
    expect(signal?.aborted).toBe(true);
    expect(signal?.reason).toMatchObject({ code: "STORE_TIMEOUT" });
  });

  it("a deadline leaves no timer behind when the store answers in time", async () => {
    holdDeadlines();
    const { datastore, cache, backup } = setUp({ cache: byteCache() });
    cache.failsAt(["get", "set"], isSlow);
    backup.failsAt(["read", "write"], isSlow);
    await datastore.get("key", () => "loaded");
    await rejectionOf(datastore.get("none", failing()));
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("every store failing at once", () => {
  const everything: readonly (readonly [string, () => Fault])[] = FAULTS.map(([how, fault]) => [how, fault]);

  it.each(everything)("every store failing at once with every store failing at once, where each call %s, a good load is the answer", async (_, fault) => {
    holdDeadlines();
    const { datastore, cache, backup } = setUp();
    cache.failsAt(["get", "set", "delete"], fault());
    backup.failsAt(["read", "write", "touch", "list", "delete", "lock"], fault());
    expect(await afterDeadlines(datastore.get("key", () => "loaded"))).toBe("loaded");
  });

  it.each(everything)("every store failing at once with every store failing at once, where each call %s, a failed load is its own error", async (_, fault) => {
    holdDeadlines();
    const { datastore, cache, backup } = setUp();
    cache.failsAt(["get", "set", "delete"], fault());
    backup.failsAt(["read", "write", "touch", "list", "delete", "lock"], fault());
    const error = new Error("the source is down");
    expect(await afterDeadlines(rejectionOf(datastore.get("key", failing(error))))).toBe(error);
  });
});

describe("an error of a store", () => {
  it("an error of a store is the cause of core's own, which says which store, which operation and which key", async () => {
    const { datastore, backup } = setUp();
    const cause = new Error("EIO: i/o error");
    backup.fails("read", throws(cause));
    const error = await rejectionOf(datastore.peekBackup("key"));
    expect(error).toBeInstanceOf(DatastoreError);
    expect(error).toMatchObject({ name: "DatastoreError", code: "STORE_FAILED", adapter: "memory", operation: "read", key: "key", cause });
    expect(String(error)).toMatch(/memory.*read.*EIO/);
  });

  it("an error of a store of two stores at once names both", async () => {
    const { datastore, cache, backup } = setUp();
    cache.fails("delete", throws(new Error("first")));
    backup.fails("delete", throws(new Error("second")));
    const error = await rejectionOf(datastore.delete("key"));
    expect(error).toMatchObject({ name: "DatastoreError", code: "STORE_FAILED" });
    expect(String(error)).toMatch(/first.*second/);
  });

  it("an error of a store never shows the value", async () => {
    const { datastore, backup, told } = setUp();
    backup.fails("write", throws());
    await datastore.get("key", () => "the secret value");
    await rejectionOf(datastore.set("key", "the secret value"));
    const messages = told.of("backupFailed").map(({ error }) => String(error));
    expect(messages.length).toBeGreaterThan(0);
    expect(messages.join()).not.toContain("secret");
  });
});
