import { describe, expect, it } from "vitest";
import { type ByteCacheAdapter, Datastore, type DatastoreOptions } from "../src/index.ts";
import { manualClock, memoryBackup } from "../src/testing.ts";
import { gate, isSettled } from "./support/gate.ts";
import { failing, rejectionOf } from "./support/setting.ts";
import { Breakable, comparingCache, hangs, leasing, rejects } from "./support/stores.ts";

/** Processes on one cache that has leases, and one backup. */
function setUp(options: Partial<DatastoreOptions> = {}) {
  const store = leasing(comparingCache());
  const cache = new Breakable<ByteCacheAdapter>(store);
  const backup = memoryBackup();
  const clock = manualClock();
  const open = (): Datastore => new Datastore({ cache: cache.adapter, backup, clock, lease: "2s", ...options });
  return { cache, leases: store.leases, clock, open };
}

/** A loader that counts its calls, and answers when the test says so. */
function counted() {
  const opened = gate<string>();
  let calls = 0;
  const loader = (): Promise<string> => (calls++, opened.promise);
  return { loader, answer: opened.open, fail: opened.fail, count: () => calls };
}

describe("lease", () => {
  it("with a lease, of many processes that miss a key, one calls its loader, and all have its value", async () => {
    const { open } = setUp();
    const source = counted();
    const gets = Array.from({ length: 8 }, () => open().getResult("key", source.loader));
    expect(await isSettled(Promise.race(gets))).toBe(false);
    source.answer("value");
    const results = await Promise.all(gets);
    expect(results.map(({ value }) => value)).toEqual(Array(8).fill("value"));
    expect(source.count()).toBe(1);
    expect(results.map(({ source: from }) => from).toSorted()).toEqual([...Array(7).fill("cache"), "loader"]);
  });

  it("without a lease, each process calls its loader", async () => {
    const { open } = setUp({ lease: 0 });
    const source = counted();
    const gets = Array.from({ length: 8 }, () => open().get("key", source.loader));
    source.answer("value");
    await Promise.all(gets);
    expect(source.count()).toBe(8);
  });

  it("the value of another process that comes between a miss and the lease is the answer", async () => {
    const { open, cache } = setUp();
    const [one, other] = [open(), open()];
    const missed = gate();
    let reads = 0;
    cache.fails("get", async (real) => {
      const found = await real();
      if (++reads === 1) await missed.promise; // this answer is long on its way
      return found;
    });
    const late = one.getResult("key", failing());
    await other.get("key", () => "value", "1h");
    missed.open();
    expect(await late).toMatchObject({ value: "value", source: "cache" });
  });

  it("a copy that was there before is no answer of a refresh, of validateHits that has refused it, or without the cache", async () => {
    const { open, clock } = setUp();
    const datastore = open();
    const load = counted();
    load.answer("new");
    await datastore.get("key", () => "old", "1m");
    clock.advance(50_000);
    await datastore.get("key", load.loader, { ttl: "1m", refreshAhead: 0.8 });
    await isSettled(Promise.resolve());
    expect(load.count()).toBe(1);
    const isNew = (value: string): boolean => value === "newest";
    expect(await open().get("key", () => "newest", { ttl: "1m", validate: isNew, validateHits: true })).toBe("newest");
    await datastore.delete("other");
    await datastore.set("other", "cached", "1h");
    expect(await open().get("other", () => "loaded", { ttl: "1h", refresh: true })).toBe("loaded");
  });

  it("a load that fails is an outcome too: its fallback is the answer of all", async () => {
    const { open, clock } = setUp();
    await open().get("key", () => "good", "1m");
    clock.advance(60_000);
    const source = counted();
    const gets = Array.from({ length: 8 }, () => open().getResult("key", source.loader, "1m"));
    await isSettled(Promise.race(gets));
    source.fail(new Error("the source is down"));
    for (const result of await Promise.all(gets)) expect(result).toMatchObject({ value: "good", stale: true });
    expect(source.count()).toBe(1);
  });

  it("a load that fails without a backup lets the next process try, and each has its own loader's error", async () => {
    const { open } = setUp();
    const errors = await Promise.all([1, 2, 3].map((n) => rejectionOf(open().get("key", failing(new Error(`source ${n}`))))));
    expect(errors).toMatchObject([{ message: "source 1" }, { message: "source 2" }, { message: "source 3" }]);
  });

  it("the lease is given back after a load, good or bad", async () => {
    const { open, leases } = setUp();
    await open().get("good", () => "value");
    await rejectionOf(open().get("bad", failing()));
    await isSettled(Promise.resolve());
    expect(leases.size).toBe(0);
  });

  it("a holder that dies costs a get no more than the lease", async () => {
    const { open, cache, leases } = setUp({ lease: 150 });
    await open().get("key", () => "old", 0);
    const { id } = cache.calls.find(({ operation }) => operation === "lease") ?? {};
    leases.set(String(id), {});
    const before = performance.now();
    expect(await open().get("key", () => "value")).toBe("value");
    expect(performance.now() - before).toBeGreaterThan(140);
  });

  it.each([
    ["fails", rejects()],
    ["does not answer", hangs()],
  ])("a cache whose lease %s costs no answer", async (_, fault) => {
    const { open, cache } = setUp({ lease: 100 });
    cache.fails("lease", fault);
    expect(await open().get("key", () => "value")).toBe("value");
  });

  it("a lease that is granted too late is given back", async () => {
    const { open, cache, leases } = setUp({ lease: 100 });
    const hung = hangs();
    cache.fails("lease", hung);
    expect(await open().get("key", () => "value")).toBe("value");
    hung.release();
    await isSettled(Promise.resolve());
    await isSettled(Promise.resolve());
    expect(leases.size).toBe(0);
  });

  it("a softTimeout lets the backup answer while another process loads", async () => {
    const { open, clock } = setUp();
    await open().get("key", () => "good", "1m");
    clock.advance(60_000);
    const source = counted();
    const holder = open().get("key", source.loader, "1m");
    await isSettled(holder);
    expect(await open().getResult("key", source.loader, { ttl: "1m", softTimeout: 30 })).toMatchObject({ value: "good", source: "backup" });
    source.answer("new");
    await holder;
  });

  it("refreshAhead loads under a lease: the fresh copy that it is to replace is no outcome", async () => {
    const { open, clock } = setUp();
    const datastore = open();
    await datastore.get("key", () => "old", "1m");
    clock.advance(50_000);
    expect(await datastore.get("key", () => "new", { ttl: "1m", refreshAhead: 0.5 })).toBe("old");
    await datastore.close();
    expect(await open().get("key", failing(), "1m")).toBe("new");
  });

  it("refresh: true loads whatever other processes do", async () => {
    const { open } = setUp();
    const source = counted();
    const holder = open().get("key", source.loader);
    await isSettled(holder);
    expect(await open().get("key", () => "own", { refresh: true })).toBe("own");
    source.answer("value");
    await holder;
  });

  it("a stand-in of another process that is too old for this caller's maxStale is not his answer", async () => {
    const { open, clock } = setUp();
    await open().get("key", () => "good", "1m");
    clock.advance(120_000);
    const source = counted();
    const holder = open().get("key", source.loader, "1m");
    await isSettled(holder);
    const strict = open().get("key", () => "own", { ttl: "1m", maxStale: "90s" });
    await isSettled(strict);
    source.fail(new Error("the source is down"));
    expect(await holder).toBe("good");
    expect(await strict).toBe("own");
  });

  it("getMany has no lease: one of its own is refused, and that of the datastore is left alone", async () => {
    const { open, cache } = setUp();
    const datastore = open();
    expect(await datastore.getMany(["a", "b"], (keys) => keys.map((key) => key))).toEqual(["a", "b"]);
    expect(cache.count("lease")).toBe(0);
    await expect(datastore.getMany(["a"], (keys) => [...keys], { lease: "1s" })).rejects.toThrow(/getMany: .*lease/);
  });

  it("a cache that has no leases costs nothing", async () => {
    const datastore = new Datastore({ cache: comparingCache(), backup: memoryBackup(), lease: "2s" });
    expect(await datastore.get("key", () => "value")).toBe("value");
  });
});
