import { describe, expect, it, vi } from "vitest";
import { gate, isSettled, turn } from "./support/gate.ts";
import { DAY, failing, holdDeadlines, idOf, MINUTE, rejectionOf, type Setting, setUp } from "./support/setting.ts";
import { byteCache, mapCache, throws } from "./support/stores.ts";

const OPTIONS = { ttl: "10m", softTimeout: "2s" } as const;

interface Slow {
  readonly got: Promise<string>;
  end(value: string): void;
  fail(error: unknown): void;
}

/** A load that has taken longer than its softTimeout. Its key was loaded a day before, if `backup` is given. */
async function slowLoad({ datastore, clock }: Setting, backup?: string): Promise<Slow> {
  if (backup !== undefined) await datastore.get("key", () => backup, OPTIONS);
  clock.advance(DAY);
  const held = gate<string>();
  const got = datastore.get("key", () => held.promise, OPTIONS);
  got.catch(() => {}); // the test looks at it later
  await vi.advanceTimersByTimeAsync(2_000);
  return { got, end: held.open, fail: held.fail };
}

describe.each([
  ["a cache of values", mapCache],
  ["a cache of bytes", byteCache],
] as const)("a load that takes longer than its softTimeout, with %s,", (_, makeCache) => {
  it("a load that takes longer than its softTimeout is answered from the backup, and finishes behind", async () => {
    holdDeadlines();
    const setting = setUp({ cache: makeCache() });
    const { datastore, told, start } = setting;
    const { got, end } = await slowLoad(setting, "good");
    expect(await got).toBe("good");
    expect(told.of("fallback")).toMatchObject([{ key: "key", age: DAY, error: { code: "LOAD_SLOW" }, until: start + DAY + 5 * MINUTE }]);
    end("fresh");
    await turn();
    await turn();
    expect(await datastore.getResult("key", failing(), OPTIONS)).toMatchObject({ value: "fresh", source: "cache", stale: false, loadedAt: start + DAY });
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "fresh" });
  });

  it("a load that takes longer than its softTimeout has its stand-in cached for half the ttl, and the cached copy says that it is stale", async () => {
    holdDeadlines();
    const setting = setUp({ cache: makeCache() });
    const { datastore, start, clock } = setting;
    const { got } = await slowLoad(setting, "good");
    await got;
    clock.advance(5 * MINUTE - 1);
    expect(await datastore.getResult("key", failing(), OPTIONS)).toMatchObject({ value: "good", source: "cache", stale: true, loadedAt: start });
  });
});

describe("a load that takes longer than its softTimeout", () => {
  it("a load that takes longer than its softTimeout is waited for where there is no backup", async () => {
    holdDeadlines();
    const { got, end } = await slowLoad(setUp());
    expect(await isSettled(got)).toBe(false);
    end("fresh");
    expect(await got).toBe("fresh");
  });

  it.each([
    ["older than maxStale", { maxStale: "1h" }],
    ["not valid any more", { validate: (value: string) => value !== "good" }],
  ] as const)("is waited for where the backup is %s", async (_, options) => {
    holdDeadlines();
    const { datastore, clock } = setUp();
    await datastore.get("key", () => "good", OPTIONS);
    clock.advance(DAY);
    const held = gate<string>();
    const got = datastore.get("key", () => held.promise, { ...OPTIONS, ...options });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await isSettled(got)).toBe(false);
    held.open("fresh");
    expect(await got).toBe("fresh");
  });

  it("a load that takes longer than its softTimeout is waited for where the backup cannot be read, and one event tells", async () => {
    holdDeadlines();
    const setting = setUp();
    setting.backup.fails("read", throws());
    const { got, end } = await slowLoad(setting, "good");
    expect(await isSettled(got)).toBe(false);
    expect(setting.told.of("backupFailed")).toMatchObject([{ operation: "read" }]);
    end("fresh");
    expect(await got).toBe("fresh");
  });

  it("a load that takes longer than its softTimeout rejects with its own error where it fails without a backup", async () => {
    holdDeadlines();
    const { got, fail } = await slowLoad(setUp());
    const error = new Error("the source is down");
    fail(error);
    expect(await rejectionOf(got)).toBe(error);
  });

  it("a load that takes longer than its softTimeout that fails behind is told of, and is an outage only then", async () => {
    holdDeadlines();
    const setting = setUp();
    const { datastore, told } = setting;
    const { got, fail } = await slowLoad(setting, "good");
    await got;
    expect(datastore.health().fallback).toEqual([]);
    fail(new Error("the source is down"));
    await turn();
    await turn();
    expect(told.of("loadFailed")).toMatchObject([{ error: { message: "the source is down" } }]);
    expect(datastore.health().fallback).toMatchObject([{ key: "key", failures: 1 }]);
  });

  it("a load that takes longer than its softTimeout is one load and one read of the backup, whatever the number of callers", async () => {
    holdDeadlines();
    const { datastore, backup, clock, told } = setUp();
    await datastore.get("key", () => "good", OPTIONS);
    clock.advance(DAY);
    const load = vi.fn(() => new Promise<string>(() => {}));
    const callers = Array.from({ length: 1_000 }, () => datastore.get("key", load, OPTIONS));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(new Set(await Promise.all(callers))).toEqual(new Set(["good"]));
    expect(load).toHaveBeenCalledTimes(1);
    expect(backup.count("read", idOf("key"))).toBe(1);
    expect(told.of("fallback")).toHaveLength(1);
  });

  it("a load that takes longer than its softTimeout is answered for to those alone who gave a softTimeout", async () => {
    holdDeadlines();
    const { datastore, clock } = setUp();
    await datastore.get("key", () => "good", "10m");
    clock.advance(DAY);
    const held = gate<string>();
    const patient = datastore.get("key", () => held.promise, "10m");
    const hasty = datastore.get("key", () => held.promise, OPTIONS);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await hasty).toBe("good");
    expect(await isSettled(patient)).toBe(false);
    held.open("fresh");
    expect(await patient).toBe("fresh");
  });

  it("a load that takes longer than its softTimeout holds to the maxStale of each caller, though they ask at the same time", async () => {
    holdDeadlines();
    const { datastore, clock } = setUp();
    await datastore.get("key", () => "good", OPTIONS);
    clock.advance(DAY);
    const held = gate<string>();
    const lenient = datastore.get("key", () => held.promise, OPTIONS);
    const strict = datastore.get("key", () => held.promise, { ...OPTIONS, maxStale: "1h" });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await lenient).toBe("good");
    expect(await isSettled(strict)).toBe(false);
    held.open("fresh");
    expect(await strict).toBe("fresh");
  });

  it("a load that takes longer than its softTimeout is beaten by a delete: its stand-in is not cached afterwards, and the load writes nothing", async () => {
    holdDeadlines();
    const setting = setUp();
    const { datastore } = setting;
    const { got, end } = await slowLoad(setting, "good");
    await got;
    await datastore.delete("key");
    end("fresh");
    await turn();
    await turn();
    expect(await rejectionOf(datastore.get("key", failing("down"), OPTIONS))).toBe("down");
  });

  it("a load that takes longer than its softTimeout that is over while the backup is read is the answer itself", async () => {
    holdDeadlines();
    const setting = setUp();
    const reading = gate();
    setting.backup.fails("read", (real) => reading.promise.then(real));
    const { got, end } = await slowLoad(setting, "good");
    end("fresh");
    await turn();
    reading.open();
    expect(await got).toBe("fresh");
    expect(setting.told.of("fallback")).toEqual([]);
  });

  it("a load that takes longer than its softTimeout is waited for by close()", async () => {
    holdDeadlines();
    const setting = setUp();
    const { got, end } = await slowLoad(setting, "good");
    await got;
    const closed = setting.datastore.close();
    expect(await isSettled(closed)).toBe(false);
    end("fresh");
    await closed;
    expect(await setting.another().peekBackup("key")).toMatchObject({ value: "fresh" });
  });

  it("raises no unhandled rejection when it fails behind a caller who has gone", async () => {
    holdDeadlines();
    const { datastore, clock } = setUp();
    await datastore.get("key", () => "good", OPTIONS);
    clock.advance(DAY);
    const held = gate<string>();
    const caller = new AbortController();
    const got = rejectionOf(datastore.get("key", () => held.promise, { ...OPTIONS, signal: caller.signal }));
    await turn();
    caller.abort("enough");
    expect(await got).toBe("enough");
    await vi.advanceTimersByTimeAsync(2_000);
    held.fail(new Error("nobody's"));
    await turn();
  });
});

describe("a load that is done before its softTimeout", () => {
  it("a load that is done before its softTimeout is the answer: no backup is read, and no timer is left", async () => {
    holdDeadlines();
    const { datastore, backup } = setUp();
    expect(await datastore.get("key", () => "fresh", OPTIONS)).toBe("fresh");
    expect(backup.count("read")).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
