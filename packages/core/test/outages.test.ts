import { describe, expect, it, vi } from "vitest";
import { DeniedError, GoneError, type KeyInFallback } from "../src/index.ts";
import { encodeEnvelope } from "../src/entry/envelope.ts";
import { manualClock } from "../src/testing.ts";
import { gate, turn } from "./support/gate.ts";
import { DAY, failing, holdDeadlines, idOf, MINUTE, rejectionOf, type Setting, setUp } from "./support/setting.ts";
import { hangs, mapCache, throws } from "./support/stores.ts";

const RECORD = `o_${idOf("key")}`;

/** What `outages()` of another process shows, which has loaded nothing. */
async function listed({ another }: Setting): Promise<KeyInFallback[]> {
  await turn();
  const all: KeyInFallback[] = [];
  for await (const outage of another({ cache: mapCache() }).outages()) all.push(outage);
  return all;
}

/** A key whose source is down, a day after it was loaded. */
async function inOutage(options?: Parameters<typeof setUp>[0]): Promise<Setting> {
  const setting = setUp(options);
  await setting.datastore.get("key", () => "good", "10m");
  setting.clock.advance(DAY);
  await setting.datastore.get("key", failing(new TypeError("503")), "10m");
  return setting;
}

describe("health()", () => {
  it("health() lists nothing while all is well", async () => {
    const { datastore } = setUp();
    await datastore.get("key", () => 1);
    expect(datastore.health()).toEqual({
      fallback: [],
      cache: { name: "map", state: "ok", failures: 0 },
      backup: { name: "memory", state: "ok", failures: 0, pendingWrites: 0 },
      unprotected: [],
    });
  });

  it("health() lists a key that is served from its backup: since when, after how many failures, why, how old it is, and until when", async () => {
    const { datastore, clock, start } = await inOutage();
    const error = new Error("504");
    clock.advance(5 * MINUTE);
    await datastore.get("key", failing(error), "10m");
    clock.advance(1_000);
    const until = start + DAY + 10 * MINUTE; // half the ttl from the failure on
    expect(datastore.health().fallback).toEqual([{ key: "key", since: start + DAY, failures: 2, error, age: DAY + 5 * MINUTE + 1_000, until }]);
    expect(datastore.health().fallback[0]?.error).toBe(error);
  });

  it.each([
    ["loaded", ({ datastore }: Setting) => datastore.get("key", () => "good", "10m")],
    ["set", ({ datastore }: Setting) => datastore.set("key", "good")],
    ["deleted", ({ datastore }: Setting) => datastore.delete("key")],
    ["gone at its source", ({ datastore }: Setting) => datastore.get("key", failing(new GoneError()), "10m").catch(() => {})],
    ["not modified at its source", ({ datastore }: Setting) => datastore.get<string>("key", ({ notModified }) => notModified(), "10m")],
    ["loaded, and not to be kept", ({ datastore }: Setting) => datastore.get("key", ({ noStore }) => (noStore(), "good"), "10m")],
  ])("lists it no more when it is %s, and neither does outages()", async (_, end) => {
    const setting = await inOutage();
    setting.clock.advance(5 * MINUTE);
    expect(await listed(setting)).toHaveLength(1);
    await end(setting);
    expect(setting.datastore.health().fallback).toEqual([]);
    expect(await listed(setting)).toEqual([]);
  });

  it("health() lists it on after an error that says denied: nobody has loaded it since", async () => {
    const { datastore, clock } = await inOutage();
    clock.advance(5 * MINUTE);
    await rejectionOf(datastore.get("key", failing(new DeniedError()), "10m"));
    expect(datastore.health().fallback).toMatchObject([{ key: "key", failures: 1 }]);
  });

  it("health() lists it no more when its value comes after the time-out, and one event tells", async () => {
    holdDeadlines();
    const { datastore, clock, told } = setUp();
    await datastore.get("key", () => "good", "10m");
    clock.advance(DAY);
    const held = gate<string>();
    const got = datastore.get("key", () => held.promise, { ttl: "10m", timeout: "2s" });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await got).toBe("good");
    expect(datastore.health().fallback).toHaveLength(1);
    clock.advance(1_000);
    held.open("late");
    await turn();
    await turn();
    expect(datastore.health().fallback).toEqual([]);
    expect(told.of("recovered")).toEqual([{ key: "key", after: 1_000 }]);
    expect(await datastore.get("key", failing(), "10m")).toBe("late");
  });

  it("health() does not list a key that fails and has no backup: it is served from none", async () => {
    const { datastore } = setUp();
    await rejectionOf(datastore.get("key", failing()));
    expect(datastore.health().fallback).toEqual([]);
  });

  it("health() shows how the stores do: failing since when, with what, and how many writes they have not taken yet", async () => {
    const { datastore, cache, backup, start, clock } = setUp();
    cache.fails("get", throws(new Error("ECONNREFUSED")));
    backup.fails("write", throws(new Error("disk full")));
    await datastore.get("a", () => 1);
    clock.advance(1_000);
    await datastore.get("b", () => 1);
    const health = datastore.health();
    expect(health.backup).toMatchObject({ name: "memory", state: "failing", since: start, failures: 2, pendingWrites: 2 });
    expect(health.backup.error).toMatchObject({ code: "STORE_FAILED", message: "memory failed at write: disk full" });
    expect(health.cache).toMatchObject({ name: "map", state: "failing", error: { code: "STORE_FAILED", message: "map failed at get: ECONNREFUSED" } });
    cache.heals();
    backup.heals();
    await datastore.flush();
    await datastore.get("c", () => 1);
    expect(datastore.health()).toMatchObject({ cache: { state: "ok" }, backup: { state: "ok", failures: 0, pendingWrites: 0 } });
  });

  it("health() asks no store", async () => {
    const { datastore, cache, backup } = await inOutage();
    await turn();
    const before = cache.calls.length + backup.calls.length;
    datastore.health();
    expect(cache.calls.length + backup.calls.length).toBe(before);
  });

  it("remembers ten thousand keys, and no more", async () => {
    const { datastore, clock } = setUp({ ttl: 0 });
    for (let n = 0; n < 10_001; n++) await datastore.get(`key ${n}`, () => n);
    clock.advance(MINUTE);
    for (let n = 0; n < 10_001; n++) await datastore.get(`key ${n}`, failing());
    const keys = datastore.health().fallback.map(({ key }) => key);
    expect(keys).toHaveLength(10_000);
    expect(keys[0]).toBe("key 1");
  });
});

describe("outages()", () => {
  it("outages() shows another process which keys are served from their backup, since when and why", async () => {
    const setting = await inOutage();
    const { start } = setting;
    setting.clock.advance(1_000);
    expect(await listed(setting)).toEqual([
      { key: "key", since: start + DAY, failures: 1, error: { name: "TypeError", message: "503" }, age: DAY + 1_000 },
    ]);
  });

  it("outages() shows no stack of an error, and manages with what is none", async () => {
    const setting = setUp({ ttl: 0 });
    const { datastore } = setting;
    for (const [key, error] of [["text", "down"], ["nothing", undefined], ["textless", Object.create(null)]] as const) {
      await datastore.get(key, () => "good");
      setting.clock.advance(1);
      await datastore.get(key, () => Promise.reject(error));
      await turn(); // published alone: of several at once, all but the first rest
    }
    const errors = Object.fromEntries((await listed(setting)).map(({ key, error }) => [key, error]));
    expect(errors).toEqual({
      text: { name: "Error", message: "down" },
      nothing: { name: "Error", message: "undefined" },
      textless: { name: "Error", message: expect.any(String) },
    });
  });

  it("outages() goes on from before a restart: since the first failure, with all of them", async () => {
    const setting = await inOutage();
    const { start, clock, another } = setting;
    await turn();
    clock.advance(60 * MINUTE);
    const restarted = another({ cache: mapCache() });
    await restarted.get("key", failing(), "10m");
    await turn();
    expect(restarted.health().fallback).toMatchObject([{ since: start + DAY, failures: 2 }]);
    expect(await listed(setting)).toMatchObject([{ since: start + DAY, failures: 2 }]);
  });

  it("outages() begins anew after a recovery that another process has seen", async () => {
    const setting = await inOutage();
    const { start, clock, another, datastore } = setting;
    await turn();
    clock.advance(60 * MINUTE);
    await another({ cache: mapCache() }).get("key", () => "new", "10m");
    expect(await listed(setting)).toEqual([]);
    clock.advance(60 * MINUTE);
    await another({ cache: mapCache() }).get("key", failing(), "10m");
    expect(await listed(setting)).toMatchObject([{ since: start + DAY + 120 * MINUTE, failures: 1 }]);
    expect(datastore.health().fallback).toHaveLength(1); // it has not asked since
  });

  it("outages() are written at most once per fallbackTtl", async () => {
    const { datastore, backup, clock } = setUp({ fallbackTtl: (_, failures) => (failures < 5 ? 0 : "10m") });
    await datastore.get("key", () => "good", "10m");
    clock.advance(DAY);
    for (let n = 0; n < 60; n++) {
      await datastore.get("key", failing(), { ttl: "10m" });
      await datastore.expire("key");
      await turn();
      clock.advance(MINUTE);
    }
    // The first four at once, since nothing holds them back; then one in ten minutes.
    expect(backup.count("write", RECORD)).toBeLessThanOrEqual(4 + 6);
    expect(backup.count("write", RECORD)).toBeGreaterThanOrEqual(4 + 5);
  });

  it("outages() are deleted on recovery", async () => {
    const { datastore, backup, clock } = await inOutage();
    await turn();
    expect(await backup.adapter.read(RECORD)).toBeDefined();
    clock.advance(5 * MINUTE);
    await datastore.get("key", () => "good", "10m");
    await turn();
    expect(await backup.adapter.read(RECORD)).toBeUndefined();
  });

  it("outages() are not written when the key has recovered before there was time to", async () => {
    const setting = setUp();
    const { datastore, backup, clock } = setting;
    await datastore.get("key", () => "good", "10m");
    clock.advance(DAY);
    const reading = hangs();
    await datastore.get("key", failing(), "10m");
    backup.fails("read", reading);
    clock.advance(5 * MINUTE);
    await datastore.get("key", () => "new", "10m");
    backup.heals();
    reading.release();
    expect(await listed(setting)).toEqual([]);
  });

  it("outages() do not hold up a get, and one that cannot be written is an event", async () => {
    const { datastore, backup, clock, told } = setUp();
    await datastore.get("key", () => "good", "10m");
    clock.advance(DAY);
    backup.fails("write", throws());
    expect(await datastore.get("key", failing(), "10m")).toBe("good");
    await turn();
    expect(told.of("backgroundFailed")).toMatchObject([{ error: { code: "STORE_FAILED", operation: "write" } }]);
    expect(told.of("backupFailed")).toEqual([]);
  });

  it("outages() that are damaged, or of a key that has no backup any more, are passed over", async () => {
    const setting = await inOutage();
    const { backup, clock } = setting;
    await turn();
    await backup.adapter.write("o_damaged", Buffer.from("damaged"), { loadedAt: clock.now(), usedAt: clock.now() });
    expect(await listed(setting)).toHaveLength(1);
    await backup.adapter.delete(idOf("key"));
    expect(await listed(setting)).toEqual([]);
  });

  const error = { name: "Error", message: "503" };
  const YEAR_9999 = Date.UTC(9999, 0);
  it.each([
    ["began in the year 9999", (now: number) => ({ since: YEAR_9999, at: now, failures: 1, error })],
    ["failed last in the year 9999", (now: number) => ({ since: now, at: YEAR_9999, failures: 1, error })],
    ["began before time did", (now: number) => ({ since: -1, at: now, failures: 1, error })],
    ["has no time", (now: number) => ({ since: now, failures: 1, error })],
    ["has failed half a time", (now: number) => ({ since: now, at: now, failures: 0.5, error })],
    ["has failed as often as a text says", (now: number) => ({ since: now, at: now, failures: "7", error })],
    ["has no error", (now: number) => ({ since: now, at: now, failures: 1 })],
    ["is nothing", () => null],
    ["is no JSON", () => undefined],
  ])("are passed over where one says what cannot be true: it %s", async (_, recordedAt) => {
    const setting = setUp();
    const { datastore, backup, clock, start } = setting;
    await datastore.get("key", () => "good", "10m");
    clock.advance(DAY);
    const now = clock.now();
    const payload = Buffer.from(JSON.stringify(recordedAt(now)) ?? "{");
    const times = { expiresAt: Infinity, stale: false, deleted: false, metadata: undefined };
    await backup.adapter.write(RECORD, encodeEnvelope({ key: "key", codec: "outage", loadedAt: now, payload, ...times }), { loadedAt: now, usedAt: now });
    expect(await listed(setting)).toEqual([]);
    clock.advance(MINUTE);
    await datastore.get("key", failing(), "10m");
    expect(await listed(setting)).toMatchObject([{ key: "key", since: start + DAY + MINUTE, failures: 1 }]);
    expect(datastore.health().fallback).toMatchObject([{ since: start + DAY + MINUTE, failures: 1 }]);
  });

  it("outages() are written though a record is there whose stamp cannot be true", async () => {
    const setting = setUp();
    const { datastore, backup, clock, start } = setting;
    await datastore.get("key", () => "good", "10m");
    await backup.adapter.write(RECORD, Buffer.from("of a clock that was wrong"), { loadedAt: YEAR_9999, usedAt: start });
    clock.advance(DAY);
    await datastore.get("key", failing(), "10m");
    expect(await listed(setting)).toMatchObject([{ key: "key", since: start + DAY, failures: 1 }]);
  });

  it("tell the age of the backup from its time and not from its stamp, which may be ahead", async () => {
    const setting = setUp();
    const { datastore, clock, another, start } = setting;
    const ahead = manualClock(start + 60 * MINUTE);
    await another({ clock: ahead, cache: mapCache() }).get("key", () => "old");
    await datastore.get("key", () => "good", "10m"); // its stamp comes after the other one's
    clock.advance(20 * MINUTE);
    await datastore.get("key", failing(), "10m");
    expect(await listed(setting)).toMatchObject([{ key: "key", since: start + 20 * MINUTE, age: 20 * MINUTE }]);
  });

  it("show a backup whose own stamp cannot be true as older than all", async () => {
    const setting = await inOutage();
    const { backup, clock } = setting;
    await turn();
    await backup.adapter.write(idOf("key"), Buffer.from("damaged"), { loadedAt: YEAR_9999, usedAt: clock.now() });
    expect(await listed(setting)).toMatchObject([{ key: "key", age: clock.now() }]);
  });

  it("outages() rejects where the store cannot be listed, or has been closed", async () => {
    const setting = await inOutage();
    setting.backup.fails("list", throws());
    expect(await rejectionOf(listed(setting))).toMatchObject({ code: "STORE_FAILED", operation: "list" });
    const closed = setting.another();
    await closed.close().catch(() => {});
    expect(await rejectionOf(drained(closed.outages()))).toMatchObject({ code: "CLOSED" });
  });
});

async function drained(items: AsyncIterable<unknown>): Promise<void> {
  for await (const item of items) void item;
}

describe("publishing many outages", () => {
  it("outages are published one at a time with rests, and those that still wait together once the datastore closes", async () => {
    holdDeadlines();
    const { datastore, backup } = setUp();
    const keys = Array.from({ length: 10 }, (_, number) => `key ${number}`);
    for (const key of keys) await datastore.get(key, () => "good", 0);
    const writes: (() => void)[] = [];
    backup.fails("write", (real) => new Promise<void>((resolve) => writes.push(resolve)).then(real));
    for (const key of keys) expect(await datastore.get(key, failing(), "5m")).toBe("good");
    await turn();
    expect(writes).toHaveLength(1);
    writes.splice(0).forEach((write) => write());
    await turn();
    expect(writes).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(writes).toHaveLength(1);
    const closed = datastore.close();
    writes.splice(0).forEach((write) => write());
    await turn();
    expect(writes).toHaveLength(8);
    writes.splice(0).forEach((write) => write());
    await closed;
  });
});
