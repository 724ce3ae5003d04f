import { describe, expect, it, vi } from "vitest";
import { type Duration, GoneError, type LoadContext } from "../src/index.ts";
import { gate, isSettled, turn } from "./support/gate.ts";
import { failing, holdDeadlines, idOf, MINUTE, rejectionOf, setUp } from "./support/setting.ts";
import { byteCache, hangs, isSlow, mapCache } from "./support/stores.ts";

const DOWN = new Error("the source is down");

describe("callers of one load, each with a policy of his own", () => {
  it("a caller who takes older backups gets one, though he joined the load of a stricter caller", async () => {
    const { datastore, clock, backup } = setUp();
    await datastore.get("key", () => "good", 0);
    clock.advance(60 * MINUTE);
    const load = vi.fn(failing(DOWN));
    backup.fails("read", isSlow);
    const strict = rejectionOf(datastore.get("key", load, { ttl: 0, maxStale: "10m" }));
    const loose = datastore.getResult("key", load, { ttl: 0 });
    expect(await strict).toBe(DOWN);
    expect(await loose).toMatchObject({ value: "good", stale: true, error: DOWN });
    expect(load).toHaveBeenCalledTimes(1);
    expect(backup.count("read", idOf("key"))).toBe(1);
  });

  it("a stricter caller who joins the load of a looser one gets the loader's error", async () => {
    const { datastore, clock } = setUp();
    await datastore.get("key", () => "good", 0);
    clock.advance(60 * MINUTE);
    const loose = datastore.get("key", failing(DOWN), 0);
    const strict = rejectionOf(datastore.get("key", failing(DOWN), { ttl: 0, maxStale: "10m" }));
    expect(await loose).toBe("good");
    expect(await strict).toBe(DOWN);
  });

  it("a caller whose shouldFallback says no is rejected, and the others get the backup, whoever came first", async () => {
    for (const strictFirst of [true, false]) {
      const { datastore } = setUp();
      await datastore.get("key", () => "good", 0);
      const strict = (): Promise<unknown> => rejectionOf(datastore.get("key", failing(DOWN), { ttl: 0, shouldFallback: () => false }));
      const loose = (): Promise<unknown> => datastore.get("key", failing(DOWN), 0);
      const [first, second] = strictFirst ? [strict(), loose()] : [loose(), strict()];
      expect(await Promise.all([first, second])).toEqual(strictFirst ? [DOWN, "good"] : ["good", DOWN]);
    }
  });

  it("a caller whose validate refuses the newest backup gets an older one, and the others the newest", async () => {
    for (const strictFirst of [true, false]) {
      const { datastore } = setUp();
      await datastore.get("key", () => 2, 0);
      await datastore.get("key", () => 3, 0);
      const even = (): Promise<unknown> => datastore.get("key", failing(DOWN), { ttl: 0, validate: (value: number) => value % 2 === 0 });
      const any = (): Promise<unknown> => datastore.get("key", failing(DOWN), 0);
      expect(await Promise.all(strictFirst ? [even(), any()] : [any(), even()])).toEqual(strictFirst ? [2, 3] : [3, 2]);
    }
  });

  it("backup-first callers who join one read each judge the backup themselves", async () => {
    const { datastore, backup } = setUp();
    await datastore.get("key", () => 2, 0);
    await datastore.get("key", () => 3, 0);
    const any = datastore.get("key", () => 9, { useCache: false });
    const even = datastore.get("key", () => 9, { useCache: false, validate: (value) => value % 2 === 0 });
    expect(await Promise.all([any, even])).toEqual([3, 2]);
    expect(backup.count("read", idOf("key"))).toBeLessThanOrEqual(3);
  });

  it("a hundred callers with validates of their own cost one loader call, one backup read and one fallback event", async () => {
    const { datastore, backup, told } = setUp();
    await datastore.get("key", () => "good", 0);
    const load = vi.fn(failing(DOWN));
    told.forget();
    const got = await Promise.all(Array.from({ length: 100 }, () => datastore.get("key", load, { ttl: "5m", validate: () => true })));
    expect(new Set(got)).toEqual(new Set(["good"]));
    expect(load).toHaveBeenCalledTimes(1);
    expect(backup.count("read", idOf("key"))).toBe(1);
    expect(told.of("fallback")).toHaveLength(1);
    expect(datastore.health().fallback).toMatchObject([{ key: "key", failures: 1 }]);
  });

  it("a caller who does not fall back does not wait for the backup of one who does", async () => {
    const { datastore, backup } = setUp();
    await datastore.get("key", () => "good", 0);
    const held = hangs();
    backup.fails("read", held);
    const loose = datastore.get("key", failing(DOWN), 0);
    const strict = rejectionOf(datastore.get("key", failing(DOWN), { ttl: 0, shouldFallback: () => false }));
    expect(await isSettled(strict)).toBe(true);
    held.release();
    expect(await loose).toBe("good");
  });

  it("GoneError is a fallback for a caller whose shouldFallback says so, and deletes the backup for the other", async () => {
    const { datastore } = setUp();
    await datastore.get("key", () => "good", 0);
    const gone = new GoneError("gone");
    const byDefault = rejectionOf(datastore.get("key", failing(gone), 0));
    const despite = datastore.get("key", failing(gone), { ttl: 0, shouldFallback: () => true });
    expect(await byDefault).toBe(gone);
    expect(await despite).toBe("good");
    expect(await datastore.peekBackup("key")).toBeUndefined();
  });

  it("whoever comes while validate of one caller goes on joins, though another caller was answered at once", async () => {
    const { datastore } = setUp();
    await datastore.get("key", () => "good", 0);
    const judging = gate<boolean>();
    const load = vi.fn(failing());
    const atOnce = datastore.get("key", load, 0);
    const judged = datastore.get("key", load, { ttl: 0, validate: () => judging.promise });
    await turn();
    const late = datastore.get("key", load, 0);
    judging.open(true);
    expect(await Promise.all([atOnce, judged, late])).toEqual(["good", "good", "good"]);
    expect(load).toHaveBeenCalledTimes(1);
  });

  it("GoneError deletes the backup for one caller when the slow read for the other is over", async () => {
    const { datastore, backup } = setUp();
    await datastore.get("key", () => "good", 0);
    const held = hangs();
    backup.fails("read", held);
    const byDefault = rejectionOf(datastore.get("key", failing(new GoneError("gone")), 0));
    const despite = datastore.get("key", failing(), { ttl: 0, shouldFallback: () => true });
    await turn();
    expect(backup.count("read", idOf("key"))).toBe(1);
    expect(backup.count("write", idOf("key"))).toBe(1); // a tombstone would be the second
    expect(backup.count("delete", idOf("key"))).toBe(0);
    backup.heals();
    held.release();
    expect(await despite).toBe("good");
    expect(await byDefault).toBeInstanceOf(GoneError);
    expect(await datastore.peekBackup("key")).toBeUndefined();
  });
});

describe("softTimeout", () => {
  it("softTimeout does not count the backup's write: the fresh value is the answer, and stays in the cache", async () => {
    holdDeadlines();
    const { datastore, backup, clock, told } = setUp();
    await datastore.get("key", () => "old", 1_000);
    clock.advance(1_000);
    const held = hangs();
    backup.fails("write", held);
    told.forget();
    const got = datastore.getResult("key", () => "new", { ttl: 1_000, softTimeout: 100, backupWait: 300 });
    await vi.advanceTimersByTimeAsync(100);
    expect(await isSettled(got)).toBe(false);
    await vi.advanceTimersByTimeAsync(200);
    expect(await got).toMatchObject({ value: "new", source: "loader", stale: false });
    expect(told.of("fallback")).toEqual([]);
    expect(await datastore.getResult("key", () => "never", 1_000)).toMatchObject({ value: "new", source: "cache", stale: false });
    held.release();
  });

  it("a load whose loader answers while the backup is read for a slow one gives the fresh value", async () => {
    holdDeadlines();
    const { datastore, backup, clock, told } = setUp();
    await datastore.get("key", () => "old", 1_000);
    clock.advance(1_000);
    const [reading, loading] = [hangs(), gate<string>()];
    backup.fails("read", reading);
    const got = datastore.get("key", () => loading.promise, { ttl: 1_000, softTimeout: 100 });
    await vi.advanceTimersByTimeAsync(100);
    loading.open("new");
    await turn();
    reading.release();
    expect(await got).toBe("new");
    expect(told.of("fallback")).toEqual([]);
  });

  it("softTimeout counts validate with the loader", async () => {
    holdDeadlines();
    const { datastore } = setUp();
    await datastore.get("key", () => "old", 0);
    const judging = gate<boolean>();
    const got = datastore.get("key", () => "new", { ttl: 0, softTimeout: 100, validate: (value: string) => value === "old" || judging.promise });
    await vi.advanceTimersByTimeAsync(100);
    expect(await got).toBe("old");
    judging.open(true);
  });
});

describe("how long a backup stands in", () => {
  it("setTtl before a throw sets how long the backup stands in, over fallbackTtl", async () => {
    const { datastore, clock, told } = setUp({ fallbackTtl: "1m" });
    await datastore.get("key", () => "good", 0);
    const load = vi.fn(async ({ setTtl }: { setTtl: (ttl: Duration) => void }) => {
      setTtl("90s");
      throw DOWN;
    });
    await datastore.get("key", load, "1h");
    expect(told.of("fallback")[0]?.until).toBe(clock.now() + 90_000);
    clock.advance(89_999);
    await datastore.get("key", load, "1h");
    expect(load).toHaveBeenCalledTimes(1);
    clock.advance(1);
    await datastore.get("key", load, "1h");
    expect(load).toHaveBeenCalledTimes(2);
  });

  it("setTtl for a value that validate refuses says nothing about the backup", async () => {
    const { datastore, clock, told } = setUp({ fallbackTtl: "1m" });
    await datastore.get("key", () => "good", 0);
    const load = ({ setTtl }: { setTtl: (ttl: Duration) => void }): string => (setTtl("9h"), "bad");
    await datastore.get("key", load, { ttl: "1h", validate: (value) => value !== "bad" });
    expect(told.of("fallback")[0]?.until).toBe(clock.now() + MINUTE);
  });

  it("a fallbackTtl function sees the error, and can honour Retry-After", async () => {
    const { datastore, clock, told } = setUp({ fallbackTtl: (_ttl, _failures, error) => (error as { retryAfter: number }).retryAfter });
    await datastore.get("key", () => "good", 0);
    await datastore.get("key", failing(Object.assign(new Error("429"), { retryAfter: 7_000 })), "1h");
    expect(told.of("fallback")[0]?.until).toBe(clock.now() + 7_000);
  });
});

describe("a deletion", () => {
  it("GoneError of a load that began before another process's set keeps what was set", async () => {
    const { datastore, clock, another } = setUp({ cache: byteCache() });
    const elsewhere = another({ cache: mapCache() });
    await datastore.get("key", () => "old", 0);
    clock.advance(1);
    const held = gate<never>();
    const got = rejectionOf(datastore.get("key", () => held.promise, 0));
    await turn();
    clock.advance(1_000);
    await elsewhere.set("key", "newer");
    clock.advance(1_000);
    held.fail(new GoneError("gone"));
    expect(await got).toBeInstanceOf(GoneError);
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "newer" });
  });

  it("GoneError keeps what another process stores between the look at the backup and its deletion", async () => {
    const { datastore, backup, clock, another } = setUp();
    await datastore.get("key", () => "old", 0);
    clock.advance(MINUTE);
    backup.fails("delete", async (real) => {
      clock.advance(1);
      await another({ cache: mapCache() }).set("key", "newer");
      return real();
    });
    await rejectionOf(datastore.get("key", failing(new GoneError("gone")), 0));
    backup.heals();
    expect(await another({ cache: mapCache() }).peekBackup("key")).toMatchObject({ value: "newer" });
  });

  it("GoneError of a load that a set has beaten leaves the outage of a later load in health", async () => {
    const { datastore } = setUp();
    const held = gate<never>();
    const beaten = rejectionOf(datastore.get("key", () => held.promise, 0));
    await turn();
    await datastore.set("key", "set", 0);
    expect(await datastore.get("key", failing(), 0)).toBe("set");
    held.fail(new GoneError("gone"));
    expect(await beaten).toBeInstanceOf(GoneError);
    expect(datastore.health().fallback).toMatchObject([{ key: "key", failures: 1 }]);
  });

  it("a delete while a fallback reads its backup leaves no outage behind", async () => {
    const { datastore, backup } = setUp();
    await datastore.get("key", () => "good", 0);
    const held = hangs();
    backup.fails("read", held);
    const got = datastore.get("key", failing(DOWN), "5m");
    await turn();
    const deleted = datastore.delete("key");
    backup.heals();
    await deleted;
    held.release();
    await Promise.allSettled([got]);
    await turn();
    expect(datastore.health().fallback).toEqual([]);
    const outages = [];
    for await (const outage of datastore.outages()) outages.push(outage);
    expect(outages).toEqual([]);
    expect(await datastore.get("key", () => "fresh", "5m")).toBe("fresh");
  });

  it.each([["in the process", mapCache], ["of bytes", byteCache]] as const)("a delete in the same turn as a hit that is due for refresh is not undone by it, with a cache %s", async (_name, makeCache) => {
    const { datastore, clock } = setUp({ cache: makeCache() });
    await datastore.get("key", () => "old", "10m");
    clock.advance(9 * MINUTE);
    const hit = datastore.get("key", () => "refreshed", { ttl: "10m", refreshAhead: 0.5 });
    await datastore.delete("key");
    await hit;
    await turn();
    await turn();
    expect(await datastore.peekBackup("key")).toBeUndefined();
    expect(await datastore.getResult("key", () => "loaded", "10m")).toMatchObject({ value: "loaded", source: "loader" });
  });
});

describe("loads that wait for each other", () => {
  it("two loads that wait for each other's keys fail at once", async () => {
    const { datastore } = setUp();
    const both = gate();
    const [a, b] = [
      rejectionOf(datastore.get("a", async () => (await both.promise, datastore.get("b", () => "b")))),
      rejectionOf(datastore.get("b", async () => (await both.promise, datastore.get("a", () => "a")))),
    ];
    await turn();
    both.open();
    expect(await a).toMatchObject({ code: "RECURSIVE_LOAD" });
    expect(await b).toMatchObject({ code: "RECURSIVE_LOAD" });
  });

  it("a circle of three loads, through those that others began, fails at once, in several datastores as well", async () => {
    const [one, two] = [setUp().datastore, setUp().datastore];
    const all = gate();
    const wait = [
      one.get("a", async () => (await all.promise, one.get("b", () => "b"))),
      one.get("b", async () => (await all.promise, two.get("c", () => "c"))),
      two.get("c", async () => (await all.promise, one.get("a", () => "a"))),
    ];
    await turn();
    all.open();
    const outcomes = await Promise.allSettled(wait);
    expect(outcomes.map((outcome) => outcome.status === "rejected" && (outcome.reason as { code: string }).code)).toEqual(Array(3).fill("RECURSIVE_LOAD"));
  });

  it("two loads that wait for the same third are no circle", async () => {
    const { datastore } = setUp();
    const shared = (): Promise<string> => datastore.get("shared", async () => (await turn(), "shared"));
    expect(await Promise.all([datastore.get("a", shared), datastore.get("b", shared)])).toEqual(["shared", "shared"]);
    expect(await datastore.get("c", async () => (await datastore.get("d", () => "d")) + (await datastore.get("a", () => "never")))).toBe("dshared");
  });
});

describe("a value that is vouched for", () => {
  it("notModified() writes the value again when its record has gone since it was shown", async () => {
    const { datastore, backup, start } = setUp();
    await datastore.get("key", () => "good", 0);
    const renewed = await datastore.getResult("key", async ({ lastGood, notModified }) => {
      await lastGood<string>();
      await backup.adapter.delete(idOf("key"));
      return notModified();
    });
    expect(renewed).toMatchObject({ value: "good", loadedAt: start });
    await datastore.flush();
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "good", loadedAt: start });
  });
});

describe("refreshAhead", () => {
  it.each([["20m", 19], ["2m", 1.9]] as const)("refreshAhead counts from the copy's own ttl where setTtl said %s", async (own, due) => {
    for (const cache of [mapCache(), byteCache()]) {
      const { datastore, clock } = setUp({ cache });
      const load = vi.fn(({ setTtl }: { setTtl: (ttl: Duration) => void }) => (setTtl(own), "value"));
      const options = { ttl: "10m", refreshAhead: 0.9 } as const;
      await datastore.get("key", load, options);
      clock.advance(due * MINUTE * 0.9);
      await datastore.get("key", load, options);
      await turn();
      expect(load).toHaveBeenCalledTimes(1);
      clock.advance(due * MINUTE * 0.1);
      await datastore.get("key", load, options);
      await turn();
      expect(load).toHaveBeenCalledTimes(2);
    }
  });

  it("refreshAhead counts a ttl that setTtl gave to a value that was vouched for", async () => {
    const { datastore, clock } = setUp();
    await datastore.get("key", () => "good", 0);
    clock.advance(100 * MINUTE);
    const load = vi.fn(({ setTtl, notModified }: LoadContext) => (setTtl("20m"), notModified()));
    const options = { ttl: "10m", refreshAhead: 0.5 } as const;
    await datastore.get<string>("key", load, options);
    clock.advance(9 * MINUTE);
    await datastore.get<string>("key", load, options);
    await turn();
    expect(load).toHaveBeenCalledTimes(1);
    clock.advance(MINUTE);
    await datastore.get<string>("key", load, options);
    await turn();
    expect(load).toHaveBeenCalledTimes(2);
  });
});
