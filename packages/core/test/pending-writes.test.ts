import { describe, expect, it, vi } from "vitest";
import { DatastoreError, GoneError } from "../src/index.ts";
import { type BackupWrite, OwedWrites } from "../src/backup/owed-writes.ts";
import { memoryBackup } from "../src/testing.ts";
import { gate, isSettled, turn } from "./support/gate.ts";
import { failing, holdDeadlines, idOf, MINUTE, rejectionOf, setUp, Told } from "./support/setting.ts";
import { byteCache, hangs, isSlow, mapCache, rejects, throws } from "./support/stores.ts";

describe("a backup write that failed", () => {
  it("a backup write that failed is kept and tried again after a second", async () => {
    holdDeadlines();
    const { datastore, backup, told, start } = setUp();
    backup.fails("write", throws());
    await datastore.get("key", () => "loaded");
    backup.heals();
    await vi.advanceTimersByTimeAsync(999);
    expect(told.of("backupWritten")).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(told.of("backupWritten")).toMatchObject([{ key: "key", loadedAt: start }]);
    expect(backup.adapter.read(idOf("key"))).toMatchObject({ loadedAt: start });
  });

  it("a backup write that failed is tried at longer and longer distances, up to a minute, for as long as it takes", async () => {
    holdDeadlines();
    const { datastore, backup } = setUp();
    backup.fails("write", throws());
    await datastore.get("key", () => "loaded");
    const distances: number[] = [];
    let seconds = 0;
    for (let attempts = backup.count("write"); distances.length < 9; ) {
      await vi.advanceTimersByTimeAsync(1_000);
      seconds++;
      if (backup.count("write") === attempts) continue;
      attempts = backup.count("write");
      distances.push(seconds);
      seconds = 0;
    }
    expect(distances).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
  });

  it("retries of backup writes begin anew at a second once all has gone well", async () => {
    holdDeadlines();
    const { datastore, backup, told } = setUp();
    backup.fails("write", throws());
    await datastore.get("key", () => "loaded");
    await vi.advanceTimersByTimeAsync(15_000);
    backup.heals();
    await vi.advanceTimersByTimeAsync(MINUTE);
    expect(told.of("backupWritten")).toHaveLength(1);
    backup.fails("write", throws());
    await datastore.get("other", () => "loaded");
    backup.heals();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(told.of("backupWritten")).toHaveLength(2);
  });

  it("a backup write that failed leaves no timer behind when it has been made good", async () => {
    holdDeadlines();
    const { datastore, backup } = setUp();
    backup.fails("write", throws());
    await datastore.get("key", () => "loaded");
    expect(vi.getTimerCount()).toBe(1);
    backup.heals();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("a backup write that failed keeps the time of its load, however late it is written", async () => {
    holdDeadlines();
    const { datastore, backup, clock, start } = setUp();
    backup.fails("write", throws());
    await datastore.get("key", () => "loaded");
    clock.advance(60 * MINUTE);
    backup.heals();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "loaded", loadedAt: start, age: 60 * MINUTE });
  });

  it("a backup write that failed gives way to a newer one of its key", async () => {
    const { datastore, backup, clock } = setUp();
    backup.fails("write", throws());
    await datastore.get("key", () => "older", "1m");
    clock.advance(MINUTE);
    await datastore.get("key", () => "newer", "1m");
    backup.heals();
    backup.calls.length = 0;
    await datastore.flush();
    expect(backup.count("write", idOf("key"))).toBe(1);
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "newer" });
  });

  it("a backup write that failed is forgotten when a newer one of its key is stored", async () => {
    const { datastore, backup, clock } = setUp();
    backup.fails("write", throws());
    await datastore.get("key", () => "older", "1m");
    backup.heals();
    clock.advance(MINUTE);
    await datastore.get("key", () => "newer", "1m");
    backup.calls.length = 0;
    await datastore.flush();
    expect(backup.count("write", idOf("key"))).toBe(0);
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "newer" });
  });

  it("a backup write that failed is forgotten when its key is deleted", async () => {
    const { datastore, backup } = setUp();
    backup.fails("write", throws());
    await datastore.get("key", () => "loaded");
    backup.heals();
    await datastore.delete("key");
    await datastore.flush();
    expect(await datastore.peekBackup("key")).toBeUndefined();
  });

  it("the value of a failed backup write is the last good one meanwhile: peekBackup and the fallback have it", async () => {
    const { datastore, backup, clock, start } = setUp();
    await datastore.get("key", () => "older", "1m");
    clock.advance(MINUTE);
    backup.fails("write", throws());
    await datastore.get("key", () => "newer", "1m");
    clock.advance(MINUTE);
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "newer", loadedAt: start + MINUTE });
    expect(await datastore.getResult("key", failing(), "1m")).toMatchObject({ value: "newer", source: "backup", stale: true });
  });

  it("the value of a failed backup write answers even though the store cannot be read either", async () => {
    const { datastore, backup, clock } = setUp();
    backup.failsAt(["write", "read"], throws());
    await datastore.get("key", () => "loaded", "1m");
    clock.advance(MINUTE);
    expect(await datastore.get("key", failing(), "1m")).toBe("loaded");
  });

  it("a failed backup write of one key does not hold up the others", async () => {
    const { datastore, backup } = setUp();
    backup.fails("write", throws());
    await datastore.get("bad", () => "bad");
    await datastore.get("good", () => "good");
    const real = backup.adapter;
    backup.fails("write", (write) => {
      if (backup.calls.at(-1)?.id === idOf("bad")) throw new Error("this one never");
      return write();
    });
    const error = await rejectionOf(datastore.flush());
    expect(error).toMatchObject({ code: "NOT_DURABLE", keys: ["bad"] });
    expect(real.read(idOf("good"))).toBeDefined();
  });

  it("a failed backup write is reported each time", async () => {
    holdDeadlines();
    const { datastore, backup, told } = setUp();
    backup.fails("write", throws());
    await datastore.get("key", () => "loaded");
    await vi.advanceTimersByTimeAsync(3_000); // tried at 1 and at 3 seconds
    expect(told.of("backupFailed")).toMatchObject(Array(3).fill({ key: "key", operation: "write", retry: true }));
    expect(told.of("backupFailed")).toHaveLength(3);
  });
});

describe("a value whose write is owed", () => {
  /** This process owes `v1`, which another has not seen. */
  async function owing() {
    holdDeadlines();
    const setting = setUp({ ttl: 0 });
    const { datastore, backup, clock, another } = setting;
    backup.fails("write", throws());
    await datastore.get("key", () => "v1");
    backup.heals();
    clock.advance(1_000);
    return { ...setting, elsewhere: another({ cache: mapCache() }) };
  }

  it("a value whose write is owed is no answer where another process has stored a newer one", async () => {
    const { datastore, elsewhere } = await owing();
    await elsewhere.get("key", () => "v2");
    expect(await datastore.get("key", failing())).toBe("v2");
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "v2" });
  });

  it("a value whose write is owed is no answer where another process has deleted the key", async () => {
    const { datastore, elsewhere } = await owing();
    await elsewhere.delete("key");
    await expect(datastore.get("key", failing("down"))).rejects.toBe("down");
    expect(await datastore.peekBackup("key")).toBeUndefined();
  });

  it("a value whose write is owed is the answer where the store has only older ones", async () => {
    const { datastore, backup, clock } = setUp({ ttl: 0 });
    await datastore.get("key", () => "older");
    clock.advance(1_000);
    backup.fails("write", throws());
    await datastore.get("key", () => "newer");
    expect(await datastore.get("key", failing())).toBe("newer");
  });

  it("a value whose write is owed is the answer without delay where the store hangs", async () => {
    const { datastore, backup } = await owing();
    backup.fails("read", hangs());
    const got = datastore.get("key", failing());
    await vi.advanceTimersByTimeAsync(200);
    expect(await got).toBe("v1");
  });

  it("a value whose write is owed does not replace another that was stored under the same stamp meanwhile", async () => {
    holdDeadlines();
    const { datastore, backup, another } = setUp({ ttl: 0 });
    backup.fails("write", throws());
    await rejectionOf(datastore.set("key", "refused"));
    backup.heals();
    await another({ cache: mapCache() }).set("key", "acknowledged"); // in the same millisecond
    await datastore.flush();
    expect(await another({ cache: mapCache() }).get("key", failing())).toBe("acknowledged");
  });
});

describe("sets of processes that take turns", () => {
  it("sets of processes that take turns are never lost, whatever the stamps of the others", async () => {
    for (const ahead of [0, 3, 1_000, 180_000]) {
      const { datastore, another, clock } = setUp({ ttl: 0 });
      const fast = another({ cache: mapCache(), clock: { now: () => clock.now() + ahead } });
      const third = another({ cache: mapCache() });
      for (let n = 0; n < 60; n++) {
        if (n % 7 === 0) clock.advance(ahead / 2 + 1);
        await [datastore, fast, third][n % 3]?.set("key", n);
        expect(await another({ cache: mapCache() }).get("key", failing()), `${ahead} ms ahead`).toBe(n);
      }
    }
  });
});

describe("a deletion that carries a stamp", () => {
  it("a load that learns that its thing is gone keeps what another process has stored since", async () => {
    const { datastore, another, clock } = setUp({ ttl: 0 });
    const elsewhere = another({ cache: mapCache() });
    await datastore.get("key", () => "old");
    const held = gate();
    const gone = new GoneError("gone");
    const got = rejectionOf(datastore.get("key", async () => (await held.promise, Promise.reject(gone))));
    await turn();
    clock.advance(1_000);
    await elsewhere.set("key", "new");
    held.open();
    expect(await got).toBe(gone);
    expect(await elsewhere.get("key", failing())).toBe("new");
    expect(await another({ cache: mapCache() }).get("key", failing())).toBe("new");
  });

  it("a deletion that carries a stamp deletes every record up to it, of owed writes as well", async () => {
    const { datastore, backup, clock } = setUp({ ttl: 0 });
    await datastore.get("key", () => "stored");
    backup.fails("write", throws());
    await datastore.get("key", () => "owed");
    backup.heals();
    clock.advance(1_000);
    await rejectionOf(datastore.get("key", failing(new GoneError("gone"))));
    await datastore.flush();
    expect(await datastore.peekBackup("key")).toBeUndefined();
  });
});

describe("pending writes", () => {
  it("pending writes are a thousand at most: the oldest is given up, and an event tells", async () => {
    const { datastore, backup, told } = setUp();
    backup.fails("write", throws());
    for (let n = 0; n <= 1_000; n++) await datastore.get(`key ${n}`, () => n);
    const givenUp = told.of("backupFailed").find(({ retry }) => !retry);
    expect(givenUp).toMatchObject({ key: "key 0", operation: "write", error: { code: "NOT_DURABLE", key: "key 0" } });
    backup.heals();
    await datastore.flush();
    expect(await datastore.peekBackup("key 0")).toBeUndefined();
    expect(await datastore.peekBackup("key 1")).toMatchObject({ value: 1 });
    expect(await datastore.peekBackup("key 1000")).toMatchObject({ value: 1_000 });
  });

  const write = (key: string, stamp: number, size = 1): BackupWrite => ({ key, loadedAt: 0, stamp, payload: new Uint8Array(size) });

  it("pending writes keep one write per key, the newest, whatever the order in which they come", () => {
    const pending = new OwedWrites();
    pending.add(write("key", 2));
    pending.add(write("key", 1));
    expect(pending.get("key")?.stamp).toBe(2);
    pending.add(write("key", 3));
    expect(pending.get("key")?.stamp).toBe(3);
    expect(pending.size).toBe(1);
  });

  it("pending writes forget a write, but not a newer one", () => {
    const pending = new OwedWrites();
    pending.add(write("key", 2));
    pending.delete("key", 1);
    expect(pending.size).toBe(1);
    pending.delete("key", 2);
    expect(pending.size).toBe(0);
  });

  it("pending writes are 64 MB at most", () => {
    const pending = new OwedWrites();
    const MEBIBYTE = 1024 * 1024;
    for (let n = 0; n < 64; n++) expect(pending.add(write(`key ${n}`, n, MEBIBYTE))).toEqual([]);
    expect(pending.add(write("last straw", 99, 1)).map(({ key }) => key)).toEqual(["key 0"]);
    expect(pending.add(write("big", 99, 2 * MEBIBYTE)).map(({ key }) => key)).toEqual(["key 1", "key 2"]);
    pending.delete("key 3");
    expect(pending.add(write("fits again", 99, MEBIBYTE))).toEqual([]);
  });

  it("pending writes count the bytes of a key once, however often it is written", () => {
    const pending = new OwedWrites();
    const MEBIBYTE = 1024 * 1024;
    for (let n = 0; n < 100; n++) expect(pending.add(write("key", n, 40 * MEBIBYTE))).toEqual([]);
    expect(pending.keys()).toEqual(["key"]);
  });
});

describe("flush", () => {
  it("flush resolves at once where nothing is owed", async () => {
    const { datastore } = setUp();
    await datastore.get("key", () => "loaded");
    await expect(datastore.flush()).resolves.toBeUndefined();
  });

  it("flush waits for a write that is under way", async () => {
    const { datastore, backup } = setUp({ backupWait: 0 });
    const held = hangs();
    backup.fails("write", held);
    await datastore.get("key", () => "loaded");
    const flushed = datastore.flush();
    expect(await isSettled(flushed)).toBe(false);
    held.release();
    await flushed;
    expect(backup.adapter.read(idOf("key"))).toBeDefined();
  });

  it("flush tries everything that is owed", async () => {
    const { datastore, backup } = setUp();
    backup.fails("write", throws());
    await datastore.get("one", () => 1);
    await datastore.get("two", () => 2);
    backup.heals();
    await datastore.flush();
    expect(backup.adapter.read(idOf("one"))).toBeDefined();
    expect(backup.adapter.read(idOf("two"))).toBeDefined();
  });

  it("flush rejects with NOT_DURABLE and the keys of what the store does not take, and keeps them", async () => {
    const { datastore, backup } = setUp();
    backup.fails("write", throws());
    await datastore.get("one", () => 1);
    await datastore.get("two", () => 2);
    const error = await rejectionOf(datastore.flush());
    expect(error).toBeInstanceOf(DatastoreError);
    expect(error).toMatchObject({ code: "NOT_DURABLE", keys: ["one", "two"], adapter: "memory", operation: "write" });
    backup.heals();
    await expect(datastore.flush()).resolves.toBeUndefined();
  });

  it("a flush waits for the writes there were when it was called, and not for those that begin meanwhile", async () => {
    const { datastore, backup } = setUp({ backupWait: 0 });
    const [first, later] = [hangs(), hangs()];
    backup.fails("write", first);
    await datastore.get("first", () => 1);
    const flushed = datastore.flush();
    backup.fails("write", later);
    await datastore.get("later", () => 2);
    first.release();
    await flushed;
    expect(backup.adapter.read(idOf("first"))).toBeDefined();
    later.release();
    await datastore.flush();
  });

  it("a flush does not name keys whose writes failed after it was called", async () => {
    const { datastore, backup } = setUp({ backupWait: 0 });
    const held = hangs();
    backup.fails("write", held);
    await datastore.get("first", () => 1);
    const flushed = datastore.flush();
    backup.fails("write", throws());
    await datastore.get("later", () => 2);
    held.release();
    await expect(flushed).resolves.toBeUndefined();
    await expect(datastore.flush()).rejects.toMatchObject({ keys: ["later"] });
  });

  it("flush gives up a store that does not answer after one deadline, however much is owed", async () => {
    holdDeadlines();
    const { datastore, backup } = setUp();
    backup.fails("write", throws());
    for (let n = 0; n < 20; n++) await datastore.get(`key ${n}`, () => n);
    backup.fails("write", hangs());
    const rejection = rejectionOf(datastore.flush());
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await isSettled(rejection)).toBe(true);
    expect(await rejection).toMatchObject({ code: "NOT_DURABLE" });
  });
});

describe("close", () => {
  it("close waits for a running load, and its value is durable", async () => {
    const { datastore, another } = setUp();
    const held = gate<string>();
    const got = datastore.get("key", () => held.promise);
    await turn();
    const closed = datastore.close();
    expect(await isSettled(closed)).toBe(false);
    held.open("loaded");
    await closed;
    expect(await got).toBe("loaded");
    expect(await another({ cache: mapCache() }).peekBackup("key")).toMatchObject({ value: "loaded" });
  });

  it("close waits for a load that an expire has taken its callers from", async () => {
    const { datastore } = setUp();
    const held = gate<string>();
    const got = datastore.get("key", () => held.promise);
    await turn();
    await datastore.expire("key");
    const closed = datastore.close();
    expect(await isSettled(closed)).toBe(false);
    held.open("loaded");
    await closed;
    expect(await got).toBe("loaded");
  });

  it("close waits for a get that is still asking its cache, and answers it", async () => {
    const real = byteCache();
    const close = vi.fn();
    const { datastore, cache, backup } = setUp({ cache: { ...real, close } });
    const held = hangs();
    cache.fails("get", held);
    const got = datastore.get("key", () => "loaded");
    await turn();
    const closed = datastore.close();
    await turn();
    expect(close).not.toHaveBeenCalled();
    held.release();
    expect(await got).toBe("loaded");
    await closed;
    expect(close).toHaveBeenCalledTimes(1);
    expect([...cache.calls, ...backup.calls].filter(({ operation }) => operation !== "close").length).toBeGreaterThan(0);
    expect(cache.calls.at(-1)?.operation).toBe("close");
  });

  it("close waits for backup writes that go on in the background", async () => {
    const { datastore, backup } = setUp({ backupWait: 0 });
    const held = hangs();
    backup.fails("write", held);
    await datastore.get("key", () => "loaded");
    const closed = datastore.close();
    expect(await isSettled(closed)).toBe(false);
    held.release();
    await closed;
    expect(backup.adapter.read(idOf("key"))).toBeDefined();
  });

  it("close waits for a cull that runs in the background", async () => {
    const { datastore, backup } = setUp({ cullAfter: 1 });
    const held = hangs();
    backup.fails("lock", held);
    await datastore.get("key", () => "loaded");
    const closed = datastore.close();
    expect(await isSettled(closed)).toBe(false);
    held.release();
    await closed;
    expect(backup.count("list")).toBe(1);
  });

  it("close waits for a cull that a caller has started", async () => {
    const close = vi.fn();
    const { datastore, backup } = setUp({ cache: { ...mapCache(), close } });
    const held = hangs();
    backup.fails("lock", held);
    const culled = datastore.cull();
    const closed = datastore.close();
    await turn();
    expect(close).not.toHaveBeenCalled();
    held.release();
    await culled;
    await closed;
  });

  it("close writes what is owed, and then closes the stores", async () => {
    const real = memoryBackup();
    const { datastore, backup } = setUp({ backup: { ...real, close: () => {} } });
    backup.fails("write", throws());
    await datastore.get("key", () => "loaded");
    backup.heals();
    await datastore.close();
    expect(backup.calls.map(({ operation }) => operation).slice(-2)).toEqual(["write", "close"]);
    expect(real.read(idOf("key"))).toBeDefined();
  });

  it("close rejects with NOT_DURABLE where the store does not take it, and closes the stores all the same", async () => {
    const close = vi.fn();
    const { datastore, backup } = setUp({ cache: { ...mapCache(), close }, backup: { ...memoryBackup(), close } });
    backup.fails("write", rejects());
    await datastore.get("key", () => "loaded");
    expect(await rejectionOf(datastore.close())).toMatchObject({ code: "NOT_DURABLE", keys: ["key"] });
    expect(close).toHaveBeenCalledTimes(2);
  });

  it("close sets no more timers", async () => {
    holdDeadlines();
    const { datastore, backup } = setUp();
    backup.fails("write", throws());
    await datastore.get("key", () => "loaded");
    await rejectionOf(datastore.close());
    expect(vi.getTimerCount()).toBe(0);
  });

  it("close leaves nothing to a load that ends later than its time-out", async () => {
    holdDeadlines();
    const { datastore, cache, backup } = setUp();
    const held = gate<string>();
    const rejection = rejectionOf(datastore.get("key", () => held.promise, { timeout: "1s" }));
    await vi.advanceTimersByTimeAsync(1_000);
    await rejection;
    await datastore.close();
    const calls = cache.calls.length + backup.calls.length;
    held.open("late");
    await turn();
    await turn();
    expect(cache.calls.length + backup.calls.length).toBe(calls);
  });

  it("close is over after the deadlines though every store hangs", async () => {
    holdDeadlines();
    const { datastore, cache, backup } = setUp({ cache: { ...mapCache(), close: () => {} } });
    backup.failsAt(["read", "write", "touch", "list", "delete", "lock", "close"], hangs());
    cache.failsAt(["get", "set", "delete", "close"], hangs());
    const got = datastore.get("key", () => "loaded");
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await got).toBe("loaded");
    const rejection = rejectionOf(datastore.close());
    await vi.advanceTimersByTimeAsync(40_000);
    expect(await isSettled(rejection)).toBe(true);
    expect(await rejection).toBeInstanceOf(DatastoreError);
  });
});

describe("writes of one key", () => {
  it("writes of one key writes of one key reach the store in the order of the loads, one at a time", async () => {
    const { datastore, backup } = setUp({ backupWait: 0 });
    const order: string[] = [];
    let running = 0;
    backup.fails("write", async (real) => {
      expect(++running).toBe(1);
      order.push("begin");
      await turn();
      order.push("end");
      running--;
      return real();
    });
    const set = [datastore.set("key", 1), datastore.set("key", 2), datastore.set("key", 3)];
    await Promise.all(set);
    expect(order).toEqual(["begin", "end", "begin", "end", "begin", "end"]);
    expect(await datastore.peekBackup("key")).toMatchObject({ value: 3 });
  });

  it("writes of one key writes of one key do not wait for those of another key", async () => {
    const { datastore, backup } = setUp();
    const held = hangs();
    backup.fails("write", held);
    const slow = datastore.set("slow", 1);
    backup.fails("write", isSlow);
    await datastore.set("quick", 2);
    held.release();
    await slow;
  });
});

describe("the stamp of a write", () => {
  it("the stamp of a write is the time at which the load started", async () => {
    const { datastore, clock, start, told } = setUp();
    await datastore.get("key", async () => (clock.advance(MINUTE), "loaded"));
    expect(told.of("backupWritten")).toMatchObject([{ loadedAt: start }]);
  });

  it("the stamp of a write is one more than the newest that the key has, where the clock was set back", async () => {
    const { datastore, backup, clock, start } = setUp({ ttl: 0 });
    await datastore.get("key", () => "older");
    clock.set(start - 60 * MINUTE);
    await datastore.get("key", () => "newer");
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "newer", loadedAt: start - 60 * MINUTE, age: 0 });
    expect(await backup.adapter.read(idOf("key"))).toMatchObject({ loadedAt: start + 1 });
  });

  it("the stamp of a write is one more than the newest in the store, where the clock was set back before a restart", async () => {
    const { datastore, clock, start, another } = setUp({ ttl: 0 });
    await datastore.get("key", () => "older");
    clock.set(start - 60 * MINUTE);
    const elsewhere = another({ cache: mapCache() });
    await elsewhere.get("key", () => "newer");
    expect(await elsewhere.peekBackup("key")).toMatchObject({ value: "newer" });
    expect(await another({ cache: mapCache() }).get("key", failing())).toBe("newer");
  });

  it("the stamp of a write differs for two loads that start in the same millisecond, and the later one is the newer", async () => {
    const { datastore } = setUp({ ttl: 0 });
    await datastore.get("key", () => "first");
    await datastore.get("key", () => "second");
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "second" });
  });

  it("a write whose stamp had to be moved is reported once", async () => {
    const { datastore, clock, start, another } = setUp({ ttl: 0 });
    await datastore.get("key", () => "older");
    clock.set(start - 60 * MINUTE);
    const elsewhere = another();
    const told = new Told(elsewhere);
    await elsewhere.get("key", () => "newer");
    expect(told.of("backupWritten")).toMatchObject([{ key: "key", loadedAt: start - 60 * MINUTE }]);
  });

  it("the stamp of a write is a whole number from 0 on, whatever a clock of the user's own says", async () => {
    let time = 1_000.75;
    const { datastore, told } = setUp({ clock: { now: () => time }, ttl: 0 });
    await datastore.get("a", () => 1);
    time = -5;
    await datastore.get("b", () => 1);
    expect(told.of("backupWritten").map(({ loadedAt }) => loadedAt)).toEqual([1_000, 0]);
    time = NaN;
    await datastore.get("c", () => 1);
    expect(told.of("backupWritten").at(-1)?.loadedAt).toSatisfy(Number.isSafeInteger);
  });
});
