import { describe, expect, it, vi } from "vitest";
import { gate, turn } from "./support/gate.ts";
import { failing, holdDeadlines, MINUTE, rejectionOf, setUp, type Setting } from "./support/setting.ts";
import { Breakable, byteCache, comparingCache, hangs, mapCache, type Operation, throws } from "./support/stores.ts";

const CACHES: readonly (readonly [string, () => ReturnType<typeof mapCache> | ReturnType<typeof byteCache>])[] = [
  ["a cache of values", mapCache],
  ["a cache of bytes", byteCache],
  ["a cache of bytes that compares stamps", comparingCache],
  ["a cache of values that answers with promises", slowMapCache],
];

/** Not every cache of values answers at once. */
function slowMapCache(): ReturnType<typeof mapCache> {
  const slow = new Breakable(mapCache());
  slow.failsAt(["get", "set", "delete"], async (real) => real());
  return slow.adapter;
}

/** A get whose load is running, and which ends when the test says so. */
async function runningLoad({ datastore }: Setting): Promise<{ got: Promise<string>; end(value: string): void; fail(error: unknown): void }> {
  const held = gate<string>();
  const load = vi.fn(() => held.promise);
  const got = datastore.get("key", load, "5m");
  await vi.waitFor(() => expect(load).toHaveBeenCalled());
  return { got, end: held.open, fail: held.fail };
}

describe.each(CACHES)("while a load runs, with %s", (_, makeCache) => {
  it("while a load runs, a delete beats it: its caller is answered, and nothing is written", async () => {
    const setting = setUp({ cache: makeCache() });
    const { datastore } = setting;
    const { got, end } = await runningLoad(setting);
    await datastore.delete("key");
    end("loaded before the delete");
    expect(await got).toBe("loaded before the delete");
    expect(await datastore.peekBackup("key")).toBeUndefined();
    expect(await datastore.get("key", () => "loaded after it")).toBe("loaded after it");
  });

  it("while a load runs, a set beats it: its caller is answered, and the value that was set stays", async () => {
    const setting = setUp({ cache: makeCache() });
    const { datastore, another } = setting;
    const { got, end } = await runningLoad(setting);
    await datastore.set("key", "set");
    end("loaded before the set");
    expect(await got).toBe("loaded before the set");
    expect(await datastore.get("key", failing())).toBe("set");
    expect(await another({ cache: mapCache() }).get("key", failing())).toBe("set");
  });

  it("while a load runs, an expire keeps its value out of the cache, and in the backup", async () => {
    const setting = setUp({ cache: makeCache() });
    const { datastore } = setting;
    const { got, end } = await runningLoad(setting);
    await datastore.expire("key");
    end("loaded before the expire");
    expect(await got).toBe("loaded before the expire");
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "loaded before the expire" });
    expect(await datastore.get("key", () => "loaded after it")).toBe("loaded after it");
  });

  it.each(["delete", "expire"] as const)("while a load runs, a %s lets no later caller join it", async (operation) => {
    const setting = setUp({ cache: makeCache() });
    const { datastore } = setting;
    const { got, end } = await runningLoad(setting);
    await datastore[operation]("key");
    expect(await datastore.get("key", () => "loaded after it")).toBe("loaded after it");
    end("loaded before it");
    await got;
    expect(await datastore.get("key", failing())).toBe("loaded after it");
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "loaded after it" });
  });

  it("while a load runs, a delete keeps its fallback out of the cache", async () => {
    const setting = setUp({ cache: makeCache() });
    const { datastore, clock } = setting;
    await datastore.get("key", () => "good", "5m");
    clock.advance(5 * MINUTE);
    const { got, fail } = await runningLoad(setting);
    await datastore.delete("key");
    const error = new Error("the source is down");
    fail(error);
    expect(await rejectionOf(got)).toBe(error);
    expect(await datastore.get("key", () => "new")).toBe("new");
  });

  it("while a load runs, an expire keeps its fallback out of the cache", async () => {
    const setting = setUp({ cache: makeCache() });
    const { datastore, clock } = setting;
    await datastore.get("key", () => "good", "5m");
    clock.advance(5 * MINUTE);
    const { got, fail } = await runningLoad(setting);
    await datastore.expire("key");
    fail(new Error("the source is down"));
    expect(await got).toBe("good");
    expect(await datastore.get("key", () => "new")).toBe("new");
  });

  it("while a load runs, a set answers for it when it fails", async () => {
    const setting = setUp({ cache: makeCache() });
    const { datastore } = setting;
    const { got, fail } = await runningLoad(setting);
    await datastore.set("key", "set");
    fail(new Error("the source is down"));
    expect(await got).toBe("set");
    expect(await datastore.getResult("key", failing())).toMatchObject({ value: "set", source: "cache", stale: false });
  });

  it("while a load runs, a GoneError of it does not delete what was set meanwhile", async () => {
    const setting = setUp({ cache: makeCache() });
    const { datastore } = setting;
    const { got, fail } = await runningLoad(setting);
    await datastore.set("key", "set");
    const gone = Object.assign(new Error("gone"), { [Symbol.for("lastgood.gone")]: true });
    fail(gone);
    expect(await rejectionOf(got)).toBe(gone);
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "set" });
  });

  it("while a load runs, a delete after an expire still beats it", async () => {
    const setting = setUp({ cache: makeCache() });
    const { datastore } = setting;
    const { got, end } = await runningLoad(setting);
    await datastore.expire("key");
    await datastore.delete("key");
    end("loaded before the delete");
    await got;
    expect(await datastore.peekBackup("key")).toBeUndefined();
  });

  it("while a load runs, an expire after a delete gives nothing back", async () => {
    const setting = setUp({ cache: makeCache() });
    const { datastore } = setting;
    const { got, end } = await runningLoad(setting);
    await datastore.delete("key");
    await datastore.expire("key");
    end("loaded before the delete");
    await got;
    expect(await datastore.peekBackup("key")).toBeUndefined();
  });

  it("while a load runs, a delete of another key changes nothing", async () => {
    const setting = setUp({ cache: makeCache() });
    const { datastore } = setting;
    const { got, end } = await runningLoad(setting);
    await datastore.delete("other");
    end("loaded");
    await got;
    expect(await datastore.get("key", failing())).toBe("loaded");
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "loaded" });
  });
});

describe.each(CACHES)("a load that ends after its time-out, with %s", (_, makeCache) => {
  /** A load that has timed out and is still running. */
  async function timedOut(setting: Setting): Promise<{ end(value: string): Promise<void>; fail(error: unknown): void }> {
    const held = gate<string>();
    const error = rejectionOf(setting.datastore.get("key", () => held.promise, { ttl: "5m", timeout: "2s" }));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await error).toMatchObject({ code: "LOAD_TIMEOUT" });
    const end = async (value: string): Promise<void> => {
      held.open(value);
      await turn();
      await turn();
    };
    return { end, fail: held.fail };
  }

  it("a load that ends after its time-out is kept where there is nothing newer", async () => {
    holdDeadlines();
    const setting = setUp({ cache: makeCache() });
    const { end } = await timedOut(setting);
    await end("late");
    expect(await setting.datastore.getResult("key", failing())).toMatchObject({ value: "late", source: "cache", stale: false, loadedAt: setting.start });
    expect(await setting.datastore.peekBackup("key")).toMatchObject({ value: "late", loadedAt: setting.start });
  });

  it("a load that ends after its time-out takes the place of a fallback that stands in for it", async () => {
    holdDeadlines();
    const setting = setUp({ cache: makeCache() });
    const { datastore, clock } = setting;
    await datastore.get("key", () => "good", "5m");
    clock.advance(5 * MINUTE);
    const held = gate<string>();
    const got = datastore.get("key", () => held.promise, { ttl: "5m", timeout: "2s" });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await got).toBe("good");
    held.open("late");
    await turn();
    await turn();
    expect(await datastore.getResult("key", failing())).toMatchObject({ value: "late", stale: false });
  });

  it("a load that ends after its time-out does not overwrite the value of a load that started later", async () => {
    holdDeadlines();
    const setting = setUp({ cache: makeCache() });
    const { datastore, clock, another } = setting;
    const { end } = await timedOut(setting);
    clock.advance(2_000);
    await datastore.get("key", () => "newer");
    await end("late");
    expect(await datastore.get("key", failing())).toBe("newer");
    expect(await another({ cache: mapCache() }).get("key", failing())).toBe("newer");
  });

  it("a load that ends after its time-out does not overwrite the value of a load that started later in the same millisecond", async () => {
    holdDeadlines();
    const setting = setUp({ cache: makeCache() });
    const { datastore, another } = setting;
    const { end } = await timedOut(setting);
    await datastore.get("key", () => "newer");
    await end("late");
    expect(await datastore.get("key", failing())).toBe("newer");
    expect(await another({ cache: mapCache() }).get("key", failing())).toBe("newer");
  });

  it("a load that ends after its time-out does not overwrite what was set since", async () => {
    holdDeadlines();
    const setting = setUp({ cache: makeCache() });
    const { end } = await timedOut(setting);
    await setting.datastore.set("key", "set");
    await end("late");
    expect(await setting.datastore.get("key", failing())).toBe("set");
    expect(await setting.datastore.peekBackup("key")).toMatchObject({ value: "set" });
  });

  it("a load that ends after its time-out does not bring back what was deleted since", async () => {
    holdDeadlines();
    const setting = setUp({ cache: makeCache() });
    const { end } = await timedOut(setting);
    await setting.datastore.delete("key");
    await end("late");
    expect(await setting.datastore.get("key", () => "new")).toBe("new");
  });

  it("a load that ends after its time-out is not cached after an expire, and is backed up", async () => {
    holdDeadlines();
    const setting = setUp({ cache: makeCache() });
    const { end } = await timedOut(setting);
    await setting.datastore.expire("key");
    await end("late");
    expect(await setting.datastore.peekBackup("key")).toMatchObject({ value: "late" });
    expect(await setting.datastore.get("key", () => "new")).toBe("new");
  });

  it("a load that fails after its time-out disturbs nobody", async () => {
    holdDeadlines();
    const setting = setUp({ cache: makeCache() });
    const { fail } = await timedOut(setting);
    fail(new Error("too late to matter"));
    await turn();
    expect(await setting.datastore.get("key", () => "new")).toBe("new");
    expect(setting.told.of("loadFailed")).toHaveLength(1);
  });
});

describe("a delete", () => {
  it("a delete beats a load whose cache write is under way", async () => {
    const cache = new Breakable(mapCache());
    const { datastore } = setUp({ cache: cache.adapter });
    for (const held of ["get", "set"] as const) {
      await deleteWhile(cache, held, datastore);
      expect(await datastore.get("key", () => "new"), `deleted while ${held} was running`).toBe("new");
      await datastore.delete("key");
    }
  });

  it("a delete waits for a backup write that is under way: nothing comes back", async () => {
    const { datastore, backup } = setUp({ backupWait: 0 });
    const held = gate();
    backup.fails("write", (real) => held.promise.then(real));
    await datastore.get("key", () => "old");
    const deleted = datastore.delete("key");
    await turn();
    held.open();
    await deleted;
    expect(await datastore.peekBackup("key")).toBeUndefined();
  });

  it("a delete beats a write that failed before and is being tried again", async () => {
    holdDeadlines();
    const { datastore, backup } = setUp({ backupWait: 0, backupTimeout: "1h" });
    backup.fails("write", () => Promise.reject(new Error("down")));
    await datastore.get("key", () => "old", 0);
    await turn();
    const held = gate();
    backup.fails("write", (real) => held.promise.then(real));
    await datastore.get("key", () => "newer", 0); // is being written
    const deleted = datastore.delete("key"); // waits for that write
    await vi.advanceTimersByTimeAsync(5_000); // the retry of "old" is due
    held.open();
    await deleted;
    await datastore.flush();
    expect(await datastore.peekBackup("key")).toBeUndefined();
  });

  it("a delete of a process beats a load that runs in another", async () => {
    const setting = setUp();
    const { another, clock } = setting;
    const { got, end } = await runningLoad(setting);
    clock.advance(1_000);
    await another({ cache: mapCache() }).delete("key");
    clock.advance(1_000);
    end("loaded before the delete");
    expect(await got).toBe("loaded before the delete");
    expect(await another({ cache: mapCache() }).peekBackup("key")).toBeUndefined();
  });

  /** Deletes the key while a call of the cache is running that a finished load has made. */
  async function deleteWhile(cache: Breakable<ReturnType<typeof mapCache>>, held: Operation, datastore: Setting["datastore"]): Promise<void> {
    const loaded = gate<string>();
    const load = vi.fn(() => loaded.promise);
    const got = datastore.get("key", load);
    await vi.waitFor(() => expect(load).toHaveBeenCalled());
    const passing = gate();
    cache.fails(held, (real) => passing.promise.then(real));
    loaded.open("old");
    await turn();
    const deleted = datastore.delete("key");
    await turn();
    cache.heals();
    passing.open();
    await Promise.all([got, deleted]);
  }
});

describe("between processes", () => {
  it("between processes, an older load that ends later hides no newer one in the backup", async () => {
    const setting = setUp();
    const { clock, another } = setting;
    const { got, end } = await runningLoad(setting);
    clock.advance(1_000);
    await another({ cache: mapCache() }).get("key", () => "newer");
    clock.advance(1_000);
    end("older");
    await got;
    expect(await another({ cache: mapCache() }).get("key", failing())).toBe("newer");
  });

  it.each([
    ["", byteCache],
    [" and which compares stamps", comparingCache],
  ])("between processes, an older load that ends later hides no newer one in a cache that they share%s", async (_, makeCache) => {
    const setting = setUp({ cache: makeCache() });
    const { clock, another } = setting;
    const { got, end } = await runningLoad(setting);
    clock.advance(1_000);
    const other = another();
    await other.get("key", () => "newer");
    clock.advance(1_000);
    end("older");
    await got;
    expect(await other.get("key", () => "newer still")).not.toBe("older");
    expect(await setting.datastore.get("key", () => "newer still")).not.toBe("older");
  });

  it("between processes, an older load that ends later takes nothing newer out of a cache that compares stamps", async () => {
    const setting = setUp({ cache: comparingCache() });
    const { clock, another } = setting;
    const { got, end } = await runningLoad(setting);
    clock.advance(1_000);
    await another().get("key", () => "newer");
    clock.advance(1_000);
    end("older");
    await got;
    expect(await setting.datastore.getResult("key", failing())).toMatchObject({ value: "newer", source: "cache" });
  });

  it("between processes, a delete in one keeps the value of a load that runs in another out of a cache that compares stamps", async () => {
    const setting = setUp({ cache: comparingCache() });
    const { clock, another } = setting;
    const { got, end } = await runningLoad(setting);
    clock.advance(1_000);
    await another().delete("key");
    clock.advance(1_000);
    end("loaded before the delete");
    await got;
    expect(await another().get("key", () => "loaded after it")).toBe("loaded after it");
  });

  it("between processes, a value is in a cache that they share only once it is durable: a crash takes back nothing that another has seen", async () => {
    for (const cache of [byteCache(), comparingCache()]) {
      const { datastore, backup, another } = setUp({ cache });
      const held = hangs();
      backup.fails("write", held);
      const got = datastore.get("key", () => "not durable");
      await turn();
      expect(await another().get("key", () => "from elsewhere", { ttl: 0, backupWait: 0 })).toBe("from elsewhere");
      held.release();
      await got;
    }
  });

  it.each([
    ["a cache of values", mapCache],
    ["a cache of bytes", byteCache],
    ["a cache of bytes that compares stamps", comparingCache],
  ])("between processes, a load whose value is not to be cached takes an older one out of %s", async (_, makeCache) => {
    const setting = setUp({ cache: makeCache() });
    const { datastore, another, clock } = setting;
    const held = gate<string>();
    const got = datastore.get("key", () => held.promise, 0);
    await turn();
    clock.set(setting.start - 1_000);
    await another().get("key", () => "older", "1h");
    clock.set(setting.start + 1_000);
    held.open("newer");
    await got;
    expect(await another().get("key", () => "newest", "1h")).toBe("newest");
  });

  it("between processes, a value is in a cache that they share after backupWait all the same", async () => {
    holdDeadlines();
    const { datastore, backup, another } = setUp({ cache: byteCache() });
    backup.fails("write", hangs());
    const got = datastore.get("key", () => "loaded");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await got).toBe("loaded");
    expect(await another().get("key", failing())).toBe("loaded");
  });

  it.each([
    ["a cache of bytes", byteCache],
    ["a cache of bytes that compares stamps", comparingCache],
  ])("between processes, a value that is set is in %s only once it is durable", async (_, makeCache) => {
    const { datastore, backup, another } = setUp({ cache: makeCache() });
    const held = hangs();
    backup.fails("write", held);
    const set = datastore.set("key", "not durable", "1h");
    await turn();
    expect(await another().get("key", () => "from elsewhere", { ttl: 0, backupWait: 0 })).toBe("from elsewhere");
    held.release();
    await set;
    expect(await another().getResult("key", failing(), "1h")).toMatchObject({ source: "cache", stale: false });
  });

  it("between processes, a value that is set is cached all the same where its backup fails", async () => {
    const { datastore, backup, another } = setUp({ cache: byteCache() });
    backup.fails("write", throws());
    await rejectionOf(datastore.set("key", "set", "1h"));
    expect(await another().get("key", failing(), "1h")).toBe("set");
  });

  it.each([
    ["a cache of bytes", byteCache],
    ["a cache of bytes that compares stamps", comparingCache],
  ])("between processes, a load that was overtaken leaves no older copy in %s, though the faster process died before it could cache its value", async (_, makeCache) => {
    const setting = setUp({ cache: makeCache() });
    const { another, clock } = setting;
    const { got, end } = await runningLoad(setting);
    clock.advance(1_000);
    await another().get("key", () => "v1", "1h");
    clock.advance(1_000);
    await another({ cache: mapCache() }).get("key", () => "v3", "1h"); // durable, and never in the shared cache
    end("v0");
    await got;
    expect(await another().get("key", failing(), "1h")).toBe("v3");
  });

  it("between processes, an expire leaves the stamp in a cache that compares stamps: an older value that is vouched for elsewhere does not come back", async () => {
    const setting = setUp({ cache: comparingCache() });
    const { datastore, another, clock } = setting;
    await datastore.get("key", () => "v1", 0);
    const held = gate();
    const vouching = another().get("key", async ({ lastGood, notModified }) => (await lastGood(), await held.promise, notModified()), "1h");
    await turn();
    clock.advance(1_000);
    const elsewhere = another();
    await elsewhere.set("key", "v2", "1h");
    await elsewhere.expire("key");
    held.open();
    await vouching;
    expect(await another().get("key", () => "v3", "1h")).toBe("v3");
  });

  it("between processes, an expire lets the backup be cached again, in a cache that compares stamps as well", async () => {
    const { datastore, another } = setUp({ cache: comparingCache() });
    await datastore.set("key", "good", "1h");
    await datastore.expire("key");
    const load = vi.fn(failing());
    expect(await datastore.get("key", load, "1h")).toBe("good");
    expect(await another().get("key", load, "1h")).toBe("good");
    expect(load).toHaveBeenCalledTimes(1);
  });

  it("between processes, an expire after a delete leaves what the delete keeps out in a cache that compares stamps", async () => {
    const setting = setUp({ cache: comparingCache() });
    const { clock, another } = setting;
    const { got, end } = await runningLoad(setting);
    clock.advance(1_000);
    await another().delete("key");
    await another().expire("key");
    end("loaded before the delete");
    await got;
    expect(await another().get("key", () => "loaded after it")).toBe("loaded after it");
  });

  it.each([
    ["a cache of bytes", byteCache],
    ["a cache of bytes that compares stamps", comparingCache],
  ])("between processes, a fallback that comes late does not replace a newer answer in %s", async (_, makeCache) => {
    const { datastore, another, clock, backup } = setUp({ cache: makeCache() });
    await datastore.get("key", () => "v1", 0);
    const late = gate<void>();
    const failed = datastore.get("key", async () => (await late.promise, Promise.reject(new Error("down"))), "1h");
    await turn();
    const reading = gate();
    backup.fails("read", async (real) => {
      const record = await real();
      await reading.promise; // the record has been read, and a newer one is stored before it is used
      return record;
    });
    late.open();
    await turn();
    backup.heals();
    clock.advance(1_000);
    await another().set("key", "v2", "1h");
    reading.open();
    expect(await failed).toBe("v1");
    expect(await another().getResult("key", failing(), "1h")).toMatchObject({ value: "v2", source: "cache", stale: false });
  });
});
