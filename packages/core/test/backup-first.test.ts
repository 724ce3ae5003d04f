import { describe, expect, it, vi } from "vitest";
import { gate, turn } from "./support/gate.ts";
import { DAY, failing, holdDeadlines, MINUTE, rejectionOf, setUp } from "./support/setting.ts";
import { hangs, isSlow, rejects, throws } from "./support/stores.ts";

/** The second mode: `useCache: false`. */
describe("backup first", () => {
  it("backup first loads where there is no backup, and writes one", async () => {
    const { datastore, another, start } = setUp({ useCache: false });
    const result = await datastore.getResult("key", () => "loaded");
    expect(result).toEqual({ value: "loaded", source: "loader", stale: false, loadedAt: start, age: 0, expiresAt: start + 5 * MINUTE });
    expect(await another().peekBackup("key")).toMatchObject({ value: "loaded" });
  });

  it("backup first answers with the backup, and calls no loader", async () => {
    const { datastore } = setUp({ useCache: false });
    await datastore.get("key", () => "first");
    const load = vi.fn(() => "second");
    expect(await datastore.get("key", load)).toBe("first");
    expect(load).not.toHaveBeenCalled();
  });

  it("backup first answers with the backup whatever its age and whatever the ttl", async () => {
    const { datastore, clock, start } = setUp({ useCache: false, ttl: "1m" });
    await datastore.get("key", () => "first");
    clock.advance(300 * DAY);
    const result = await datastore.getResult("key", () => "second");
    expect(result).toMatchObject({ value: "first", source: "backup", loadedAt: start, age: 300 * DAY });
  });

  it("backup first is not a fallback: what it answers with is not stale", async () => {
    const { datastore, told } = setUp({ useCache: false });
    await datastore.get("key", () => "first");
    expect(await datastore.getResult("key", () => "second")).toMatchObject({ stale: false });
    expect(told.of("fallback")).toEqual([]);
  });

  it("backup first loads where the backup is older than maxStale", async () => {
    const { datastore, clock } = setUp({ useCache: false, maxStale: "1h" });
    await datastore.get("key", () => "first");
    clock.advance(60 * MINUTE + 1);
    expect(await datastore.get("key", () => "second")).toBe("second");
    expect(await datastore.get("key", () => "third")).toBe("second");
  });

  it("backup first loads where the backup is not valid any more", async () => {
    const { datastore } = setUp({ useCache: false });
    await datastore.get("key", () => 1);
    expect(await datastore.get("key", () => 2, { validate: (value) => value > 1 })).toBe(2);
  });

  it("backup first rejects with the loader's own error where there is no backup", async () => {
    const { datastore } = setUp({ useCache: false });
    const error = new Error("the source is down");
    expect(await rejectionOf(datastore.get("key", failing(error)))).toBe(error);
  });

  it("touches no cache", async () => {
    const { datastore, cache } = setUp({ useCache: false });
    await datastore.get("key", () => "first");
    await datastore.get("key", () => "second");
    await rejectionOf(datastore.get("none", failing()));
    expect(cache.calls).toEqual([]);
  });

  it("backup first tells of no hit and no miss", async () => {
    const { datastore, told } = setUp({ useCache: false });
    await datastore.get("key", () => "first");
    await datastore.get("key", () => "second");
    expect(told.names).toEqual(["loaded", "backupWritten"]);
  });

  it("backup first can be asked for by a single get", async () => {
    const { datastore } = setUp();
    await datastore.get("key", () => "first", "1m");
    await datastore.expire("key");
    expect(await datastore.get("key", () => "second", { useCache: false })).toBe("first");
    expect(await datastore.get("key", () => "third")).toBe("third");
  });

  it("sees what the other mode has written", async () => {
    const { datastore } = setUp();
    await datastore.set("key", "set");
    expect(await datastore.get("key", () => "loaded", { useCache: false })).toBe("set");
  });

  it("backup first loads where the backup cannot be read, and says so", async () => {
    const { datastore, backup, told } = setUp({ useCache: false });
    await datastore.get("key", () => "first");
    backup.fails("read", throws());
    expect(await datastore.get("key", () => "second")).toBe("second");
    expect(told.of("backupFailed")).toMatchObject([{ key: "key", operation: "read" }]);
  });

  it("backup first reads the backup once for a thousand callers", async () => {
    const { datastore, backup } = setUp({ useCache: false });
    await datastore.get("key", () => "first");
    backup.calls.length = 0;
    backup.fails("read", isSlow);
    const load = vi.fn(() => "second");
    const values = await Promise.all(Array.from({ length: 1_000 }, () => datastore.get("key", load)));
    expect(new Set(values)).toEqual(new Set(["first"]));
    expect(backup.count("read")).toBe(1);
    expect(load).not.toHaveBeenCalled();
  });

  it("backup first calls the loader once for a thousand callers of a key without a backup", async () => {
    const { datastore } = setUp({ useCache: false });
    const load = vi.fn(async () => "loaded");
    await Promise.all(Array.from({ length: 1_000 }, () => datastore.get("key", load)));
    expect(load).toHaveBeenCalledTimes(1);
  });

  it("backup first answers with the value that the store has not taken yet", async () => {
    const { datastore, backup } = setUp({ useCache: false });
    backup.fails("write", rejects());
    await datastore.get("key", () => "first");
    expect(await datastore.get("key", () => "second")).toBe("first");
  });

  it("backup first holds to the maxStale of each caller, though they ask at the same time", async () => {
    const { datastore, clock, backup } = setUp({ useCache: false });
    await datastore.get("key", () => "first");
    clock.advance(DAY);
    backup.fails("read", isSlow);
    const patient = datastore.get("key", () => "second");
    const strict = datastore.get("key", () => "second", { maxStale: "1h" });
    expect(await patient).toBe("first");
    expect(await strict).toBe("second");
  });

  it("backup first does not answer with what was deleted, though a read of it is still running", async () => {
    const { datastore, backup } = setUp({ useCache: false });
    await datastore.get("key", () => "deleted");
    const held = gate();
    // The answer of the store is under way when the key is deleted.
    backup.fails("read", (real) => {
      const answer = real();
      return held.promise.then(() => answer);
    });
    const early = datastore.get("key", () => "loaded");
    await turn();
    backup.heals();
    await datastore.delete("key");
    const late = datastore.get("key", () => "loaded");
    held.open();
    await early;
    expect(await late).toBe("loaded");
  });

  it("backup first answers with what was set, though a read of what was there before is still running", async () => {
    const { datastore, backup } = setUp({ useCache: false });
    await datastore.get("key", () => "old");
    const held = gate();
    backup.fails("read", (real) => {
      const answer = real();
      return held.promise.then(() => answer);
    });
    const early = datastore.get("key", () => "loaded");
    await turn();
    backup.heals();
    await datastore.set("key", "new");
    const late = datastore.get("key", () => "loaded");
    held.open();
    await early;
    expect(await late).toBe("new");
  });

  it("backup first counts as a use of the backup", async () => {
    const { datastore, clock } = setUp({ useCache: false, cullTime: "30d" });
    await datastore.get("key", () => "first");
    await datastore.get("other", () => "first");
    for (let day = 0; day < 29; day++) {
      clock.advance(DAY);
      await datastore.get("key", () => "second");
      await datastore.get("other", () => "second");
    }
    clock.advance(25 * DAY);
    expect(await datastore.cull({ force: true })).toMatchObject({ deleted: 0 });
    expect(await datastore.get("key", () => "second")).toBe("first");
  });

  it("backup first is not held up by a backup that hangs for longer than backupTimeout", async () => {
    holdDeadlines();
    const { datastore, backup, told } = setUp({ useCache: false });
    backup.fails("read", hangs());
    const got = datastore.get("key", () => "loaded");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await got).toBe("loaded");
    expect(told.of("backupFailed")).toMatchObject([{ operation: "read", error: { code: "STORE_TIMEOUT" } }]);
  });
});
