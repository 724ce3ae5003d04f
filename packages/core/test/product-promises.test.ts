import { describe, expect, it, vi } from "vitest";
import { Datastore, DatastoreError } from "../src/index.ts";
import { memoryBackup } from "../src/testing.ts";
import { gate, turn } from "./support/gate.ts";
import { DAY, failing, holdDeadlines, idOf, MINUTE, rejectionOf, setUp } from "./support/setting.ts";
import { byteCache, type Fault, hangs, lies, mapCache, rejects, throws } from "./support/stores.ts";

/** The promises of the specification, each where it can be seen at one glance. What they rest on is proved in the other files. */
describe("the promises", () => {
  it("P1: once a value has been loaded, get answers with it or with a newer one, through failing loads, lost caches and restarts", async () => {
    const { datastore, clock, another } = setUp();
    await datastore.get("key", () => "good", "5m");
    for (let outage = 0; outage < 30; outage++) {
      clock.advance(DAY / 2);
      expect(await datastore.get("key", failing(), "5m")).toBe("good");
      expect(await another().get("key", failing(), "5m")).toBe("good");
      expect(await another({ cache: mapCache() }).get("key", failing(), "5m")).toBe("good");
    }
    await datastore.set("key", "newer", "5m");
    clock.advance(5 * MINUTE);
    expect(await another({ cache: mapCache() }).get("key", failing(), "5m")).toBe("newer");
  });

  it("P1: until it is deleted", async () => {
    const { datastore } = setUp();
    const error = new Error("the source is down");
    await datastore.get("key", () => "good");
    await datastore.delete("key");
    expect(await rejectionOf(datastore.get("key", failing(error)))).toBe(error);
  });

  it("P1: until it is culled for disuse", async () => {
    const { datastore, clock } = setUp();
    const error = new Error("the source is down");
    await datastore.get("key", () => "good");
    clock.advance(34 * DAY);
    await datastore.cull({ force: true });
    expect(await rejectionOf(datastore.get("key", failing(error)))).toBe(error);
  });

  it("P1: until it is older than maxStale", async () => {
    const { datastore, clock } = setUp({ maxStale: "1d" });
    const error = new Error("the source is down");
    await datastore.get("key", () => "good");
    clock.advance(DAY);
    expect(await datastore.get("key", failing(error), 0)).toBe("good");
    clock.advance(1);
    expect(await rejectionOf(datastore.get("key", failing(error), 0))).toBe(error);
  });

  it("P1: also where the newest backup is damaged, with the one before it", async () => {
    const { datastore, backup, clock, another } = setUp();
    await datastore.get("key", () => "good", "5m");
    clock.advance(5 * MINUTE);
    await backup.adapter.write(idOf("key"), Buffer.from("damaged"), { loadedAt: clock.now(), usedAt: clock.now() });
    expect(await another({ cache: mapCache() }).get("key", failing())).toBe("good");
  });

  const FAULTS: readonly (readonly [string, () => Fault])[] = [
    ["throws", () => throws()],
    ["rejects", () => rejects()],
    ["hangs", () => hangs()],
    ["lies", () => lies("nonsense")],
  ];

  it.each(FAULTS)("P2: get never rejects because a store %s: a good load is the answer", async (_, fault) => {
    holdDeadlines();
    for (const cache of [mapCache(), byteCache()]) {
      const setting = setUp({ cache });
      setting.cache.failsAt(["get", "set", "delete"], fault());
      setting.backup.failsAt(["read", "write", "touch", "delete", "lock"], fault());
      const got = setting.datastore.get("key", () => "loaded");
      await vi.advanceTimersByTimeAsync(60_000);
      expect(await got).toBe("loaded");
    }
  });

  it.each(FAULTS)("P2: get rejects with the loader's own error, the same object, though a store %s", async (_, fault) => {
    holdDeadlines();
    const error = new Error("the source is down");
    for (const cache of [mapCache(), byteCache()]) {
      const setting = setUp({ cache });
      setting.cache.failsAt(["get", "set", "delete"], fault());
      setting.backup.failsAt(["read", "write", "touch", "delete", "lock"], fault());
      const rejection = rejectionOf(setting.datastore.get("key", failing(error)));
      await vi.advanceTimersByTimeAsync(60_000);
      expect(await rejection).toBe(error);
    }
  });

  it("P2: get rejects with a load time-out, the caller's own abort, or closed, and says which", async () => {
    holdDeadlines();
    const { datastore } = setUp();
    const timedOut = rejectionOf(datastore.get("key", () => new Promise(() => {})));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await timedOut).toMatchObject({ code: "LOAD_TIMEOUT" });
    const reason = new Error("the reader has gone");
    expect(await rejectionOf(datastore.get("key", () => 1, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    await datastore.close();
    expect(await rejectionOf(datastore.get("key", () => 1))).toMatchObject({ code: "CLOSED" });
  });

  it("P2: get returns the fresh value where the backup cannot be written, and never the old one", async () => {
    const { datastore, backup, clock } = setUp();
    await datastore.get("key", () => "old", "5m");
    clock.advance(5 * MINUTE);
    backup.fails("write", throws());
    expect(await datastore.get("key", () => "fresh", "5m")).toBe("fresh");
  });

  it("P3: a reader sees a whole value or none: not one of the records that differ by a bit or by their end is an answer", async () => {
    const { datastore, backup } = setUp();
    await datastore.set("key", { whole: true }, 0);
    const bytes = (await backup.adapter.read(idOf("key")))?.bytes ?? new Uint8Array();
    const error = new Error("the source is down");
    for (let at = 0; at < bytes.length; at++) {
      const flipped = new Uint8Array(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at & 7));
      for (const damaged of [flipped, bytes.slice(0, at)]) {
        let reads = 0;
        backup.fails("read", () => (reads++ === 0 ? { bytes: damaged, loadedAt: 1 } : undefined));
        expect(await rejectionOf(datastore.get("key", failing(error), 0))).toBe(error);
      }
    }
  });

  it("P4: a newer value is never replaced by an older one: a load that started earlier and ends later hides nothing", async () => {
    for (const cache of [mapCache(), byteCache()]) {
      const { datastore, clock, another } = setUp({ cache });
      const held = gate<string>();
      const slow = datastore.get("key", () => held.promise);
      await turn();
      clock.advance(1_000);
      await another({ cache: mapCache() }).get("key", () => "newer"); // in another process
      clock.advance(1_000);
      held.open("older");
      await slow;
      expect(await another({ cache: mapCache() }).get("key", failing())).toBe("newer");
    }
  });

  it("P4: the start of the load decides, in one process as well, and whatever the clock does meanwhile", async () => {
    holdDeadlines();
    for (const jump of [1_000, 0, -60 * MINUTE]) {
      for (const cache of [mapCache(), byteCache()]) {
        const { datastore, clock, another } = setUp({ cache });
        const held = gate<string>();
        const slow = rejectionOf(datastore.get("key", () => held.promise, { timeout: "1s" }));
        await vi.advanceTimersByTimeAsync(1_000);
        await slow;
        clock.advance(jump);
        await datastore.get("key", () => "newer");
        held.open("older");
        await turn();
        await turn();
        expect(await datastore.get("key", failing())).toBe("newer");
        expect(await another({ cache: mapCache() }).get("key", failing())).toBe("newer");
      }
    }
  });

  it("P5: age is never laundered: falling back, refilling the cache and moving between tiers leave loadedAt alone, and a hit of a fallback says so", async () => {
    for (const makeCache of [mapCache, byteCache]) {
      const { datastore, clock, start, another } = setUp({ cache: makeCache() });
      await datastore.get("key", () => "good", "10m");
      for (let round = 1; round <= 20; round++) {
        clock.advance(10 * MINUTE);
        const age = round * 10 * MINUTE;
        const fallback = { value: "good", stale: true, loadedAt: start, age };
        expect(await datastore.getResult("key", failing(), "10m")).toMatchObject({ ...fallback, source: "backup" });
        expect(await datastore.getResult("key", failing(), "10m")).toMatchObject({ ...fallback, source: "cache" });
        expect(await another().getResult("key", failing(), "10m")).toMatchObject({ ...fallback, source: "cache" });
        expect(await another({ cache: makeCache() }).getResult("key", failing(), "10m")).toMatchObject({ ...fallback, source: "backup" });
      }
    }
  });

  it("P6: one load per key at a time, whatever the number of callers, and it covers the fallback: one loader call, one backup read, one outcome", async () => {
    const { datastore, backup, clock } = setUp();
    const error = new Error("the source is down");
    const load = vi.fn(failing(error));
    const ask = (): Promise<unknown>[] => Array.from({ length: 1_000 }, () => datastore.get("key", load, "5m").catch((reason: unknown) => reason));
    expect(new Set(await Promise.all(ask()))).toEqual(new Set([error]));
    expect([load.mock.calls.length, backup.count("read", idOf("key"))]).toEqual([1, 1]);
    await datastore.set("key", "good", "5m");
    clock.advance(5 * MINUTE);
    expect(new Set(await Promise.all(ask()))).toEqual(new Set(["good"]));
    expect([load.mock.calls.length, backup.count("read", idOf("key"))]).toEqual([2, 2]);
  });

  it.each(["delete", "set"] as const)("P7: a %s beats a load that was already running: it writes nothing, and later callers do not join it", async (operation) => {
    for (const cache of [mapCache(), byteCache()]) {
      const { datastore, another } = setUp({ cache });
      const held = gate<string>();
      const early = datastore.get("key", () => held.promise);
      await turn();
      await (operation === "set" ? datastore.set("key", "set", 0) : datastore.delete("key"));
      const late = datastore.get("key", () => "loaded later", 0);
      held.open("loaded earlier");
      expect(await early).toBe("loaded earlier");
      expect(await late).toBe("loaded later");
      expect(await another({ cache: mapCache() }).get("key", failing())).toBe("loaded later");
      expect(await datastore.get("key", () => "loaded last", 0)).toBe("loaded last");
    }
  });

  it("P8: background work is waited for by close(), and its failures reach nobody but the events", async () => {
    const { datastore, backup, told } = setUp({ backupWait: 0, cullAfter: 1, ttl: Infinity });
    const [write, lock] = [hangs(), hangs()];
    backup.fails("write", write);
    backup.fails("lock", lock);
    await datastore.get("key", () => "value");
    const order: string[] = [];
    const closed = datastore.close().then(() => order.push("closed"));
    await turn();
    order.push("released");
    write.release();
    lock.release();
    await closed;
    expect(order).toEqual(["released", "closed"]);
    expect(told.names).toEqual(expect.arrayContaining(["backupWritten", "culled"]));

    const failed = setUp({ backupWait: 0, cullAfter: 1 });
    failed.backup.failsAt(["write", "lock", "list", "touch"], rejects());
    await failed.datastore.get("key", () => "value");
    expect(await rejectionOf(failed.datastore.close())).toBeInstanceOf(DatastoreError);
    expect(failed.told.of("backupFailed").map(({ operation }) => operation)).toEqual(expect.arrayContaining(["write", "cull"]));
  });

  it("P9: any string is a key, keys that differ never share a record, and no key reaches a store as it is", async () => {
    const keys = ["", "a", "A", "a/b", "a-b", "../x", "x", "k".repeat(5_000), "😀", "\ud83d", "\ude00", "__proto__", "constructor", "\0"];
    const { datastore, cache, backup, another } = setUp({ cache: byteCache() });
    for (const [n, key] of keys.entries()) await datastore.set(key, n);
    const elsewhere = another({ cache: mapCache() });
    for (const [n, key] of keys.entries()) {
      expect(await datastore.get(key, failing())).toBe(n);
      expect(await elsewhere.get(key, failing())).toBe(n);
    }
    for (const { operation, id } of [...cache.calls, ...backup.calls]) {
      if (operation !== "lock" && operation !== "list") expect(id).toMatch(/^[a-z0-9_-]{1,100}$/);
    }
  });
});

/** Section 9 of the specification: what went wrong once, and must not again. */
describe("what datastore.py got wrong", () => {
  it("what datastore.py got wrong is not so here: a fresh value that cannot be written to the backup is the answer", async () => {
    const { datastore, backup } = setUp({ ttl: 0 });
    await datastore.get("key", () => "old");
    backup.fails("write", throws(new Error("ENOSPC")));
    expect(await datastore.get("key", () => "fresh")).toBe("fresh");
  });

  it("what datastore.py got wrong is not so here: with the cache down it loads, or falls back", async () => {
    const { datastore, cache } = setUp();
    cache.failsAt(["get", "set"], throws(new Error("ECONNREFUSED")));
    expect(await datastore.get("key", () => "loaded")).toBe("loaded");
    expect(await datastore.get("key", failing())).toBe("loaded");
  });

  it("what datastore.py got wrong is not so here: 100 callers of a cold key call the loader once", async () => {
    const { datastore } = setUp();
    const load = vi.fn(async () => "loaded");
    await Promise.all(Array.from({ length: 100 }, () => datastore.get("key", load)));
    expect(load).toHaveBeenCalledTimes(1);
  });

  it("what datastore.py got wrong is not so here: usedAt is handed to the store, whatever its own clock says", async () => {
    const { datastore, backup, clock } = setUp({ ttl: Infinity });
    await datastore.get("key", () => "value");
    clock.advance(10 * DAY);
    await datastore.get("key", failing());
    await turn();
    const uses = backup.calls.filter(({ operation }) => operation === "write" || operation === "touch").map(({ args }) => args.at(-1));
    expect(uses).toMatchObject([{ usedAt: clock.now() - 10 * DAY }, { usedAt: clock.now() }]);
  });

  it("what datastore.py got wrong is not so here: what is found in a record cannot run", async () => {
    const backup = memoryBackup();
    const datastore = new Datastore({ cache: mapCache(), backup });
    await backup.write(idOf("key"), Buffer.from("cos\nsystem\n(S'true'\ntR."), { loadedAt: 1, usedAt: 1 }); // a pickle
    const error = new Error("the source is down");
    expect(await rejectionOf(datastore.get("key", failing(error)))).toBe(error);
  });
});
