import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { BackupInfo } from "../src/adapter.ts";
import { memoryBackup } from "../src/testing.ts";
import { gate, isSettled, turn } from "./support/gate.ts";
import { heldBytes } from "./support/memory.ts";
import { DAY, failing, idOf, setUp, type Setting } from "./support/setting.ts";
import { byteCache, hangs, lies, mapCache, throws } from "./support/stores.ts";

/** Values that are in use, so that what is not is less than half of the store. */
async function keepInUse({ datastore }: Setting, count: number): Promise<void> {
  for (let n = 0; n < count; n++) await datastore.get(`in use ${n}`, () => n, 0);
}

/** A store of which `old` has not been used for 34 days, and `count` others have. */
async function withOneOldBackup(setting: Setting, count = 3): Promise<void> {
  await setting.datastore.get("old", () => "old", 0);
  await keepInUse(setting, count);
  setting.clock.advance(20 * DAY);
  await keepInUse(setting, count);
  setting.clock.advance(14 * DAY);
  setting.told.forget();
}

describe("a cull", () => {
  it("a cull deletes what has not been used for cullTime and a tenth, and nothing else", async () => {
    const setting = setUp();
    await withOneOldBackup(setting);
    expect(await setting.datastore.cull()).toEqual({ examined: 4, deleted: 1, failed: 0, postponed: false });
    expect(await setting.datastore.peekBackup("old")).toBeUndefined();
    expect(await setting.datastore.peekBackup("in use 0")).toMatchObject({ value: 0 });
  });

  it("a cull deletes a tenth after cullTime, when no use can have gone unreported, and not a millisecond earlier", async () => {
    const setting = setUp({ cullTime: "2d" });
    const { datastore, clock } = setting;
    await datastore.get("old", () => "old", 0);
    clock.advance(DAY);
    await keepInUse(setting, 3);
    clock.advance(1.2 * DAY);
    expect(await datastore.cull()).toMatchObject({ deleted: 0 });
    clock.advance(1);
    expect(await datastore.cull()).toMatchObject({ deleted: 1 });
  });

  it("a cull never deletes with a cullTime of Infinity", async () => {
    const setting = setUp({ cullTime: Infinity });
    await withOneOldBackup(setting);
    expect(await setting.datastore.cull({ force: true })).toMatchObject({ examined: 4, deleted: 0 });
  });

  it("a cull examines an empty store", async () => {
    const { datastore } = setUp();
    expect(await datastore.cull()).toEqual({ examined: 0, deleted: 0, failed: 0, postponed: false });
  });

  it("a cull tells of itself in one event", async () => {
    const setting = setUp();
    await withOneOldBackup(setting);
    await setting.datastore.cull();
    expect(setting.told.of("culled")).toEqual([{ examined: 4, deleted: 1, failed: 0, postponed: false }]);
  });

  it("a cull goes on past a record that cannot be deleted, and tells of it", async () => {
    const setting = setUp();
    const { datastore, backup, clock, told } = setting;
    for (const key of ["bad", "one", "two"]) await datastore.get(key, () => key, 0);
    await keepInUse(setting, 4);
    clock.advance(20 * DAY);
    await keepInUse(setting, 4);
    clock.advance(14 * DAY);
    told.forget();
    backup.fails("delete", (real) => {
      if (backup.calls.at(-1)?.id === idOf("bad")) throw new Error("EPERM");
      return real();
    });
    expect(await datastore.cull()).toEqual({ examined: 7, deleted: 2, failed: 1, postponed: false });
    expect(told.of("backupFailed")).toMatchObject([{ operation: "delete", retry: false, error: { code: "STORE_FAILED" } }]);
    expect(await datastore.peekBackup("bad")).toMatchObject({ value: "bad" });
  });

  it("a cull leaves alone what is used while it runs", async () => {
    const setting = setUp();
    await withOneOldBackup(setting);
    const { datastore, backup, clock } = setting;
    // Between the walk through the store and the delete, another process uses the key.
    backup.fails("delete", async (real) => {
      await backup.adapter.touch(idOf("old"), { usedAt: clock.now() });
      return real();
    });
    expect(await datastore.cull()).toMatchObject({ deleted: 0, failed: 0 });
    expect(await datastore.peekBackup("old")).toMatchObject({ value: "old" });
  });

  it("a cull of a long list lets the event loop turn, though the store never waits", async () => {
    const { datastore, backup } = setUp();
    let turns = 0;
    const count = setInterval(() => turns++, 1);
    let examined = 0;
    backup.fails("list", async function* () {
      while (turns < 3 && examined < 300_000) yield { id: `id-${examined++}`, usedAt: 0, loadedAt: 0, size: 0 };
    });
    await datastore.cull();
    clearInterval(count);
    expect(turns).toBe(3);
  });

  it("culls run one at a time: a caller that asks meanwhile gets the result", async () => {
    const setting = setUp();
    await withOneOldBackup(setting);
    const { datastore, backup } = setting;
    const held = hangs();
    backup.fails("delete", held);
    const culls = [datastore.cull(), datastore.cull(), datastore.cull()];
    await turn();
    held.release();
    const results = await Promise.all(culls);
    expect(new Set(results).size).toBe(1);
    expect(results[0]).toMatchObject({ deleted: 1 });
    expect(backup.count("lock")).toBe(1);
    expect(setting.told.of("culled")).toHaveLength(1);
  });

  it("a cull does nothing while another process is culling", async () => {
    const setting = setUp();
    await withOneOldBackup(setting);
    const { datastore, backup } = setting;
    const release = await backup.adapter.lock?.();
    expect(await datastore.cull()).toEqual({ examined: 0, deleted: 0, failed: 0, postponed: true });
    expect(backup.count("list")).toBe(0);
    await release?.();
    expect(await datastore.cull()).toMatchObject({ deleted: 1 });
  });

  it("a cull gives the lock back, also when it fails", async () => {
    const { datastore, backup } = setUp();
    await datastore.cull();
    backup.fails("list", throws());
    await expect(datastore.cull()).rejects.toThrow();
    backup.heals();
    expect(await backup.adapter.lock?.()).toBeTypeOf("function");
  });

  it("a cull manages with a store that has no lock", async () => {
    const { lock: _, ...lockless } = memoryBackup();
    const setting = setUp({ backup: lockless });
    await withOneOldBackup(setting);
    expect(await setting.datastore.cull()).toMatchObject({ deleted: 1 });
  });

  it("a cull has sixteen deletions under way at once, and not one more: a store in a network takes them in the time of one", async () => {
    const setting = setUp();
    for (let n = 0; n < 40; n++) await setting.datastore.get(`old ${n}`, () => n, 0);
    setting.clock.advance(34 * DAY);
    await keepInUse(setting, 41);
    const held = gate();
    setting.backup.fails("delete", async (real) => {
      await held.promise;
      return real();
    });
    const culled = setting.datastore.cull();
    while (setting.backup.count("delete") < 16) await turn(); // a cull lets the event loop turn now and then
    expect(await isSettled(culled)).toBe(false);
    expect(setting.backup.count("delete")).toBe(16);
    held.open();
    expect(await culled).toMatchObject({ deleted: 40, failed: 0 });
  });

  it("a cull has only four deletions under way at once while others use the store, until the datastore closes", async () => {
    const setting = setUp();
    const { datastore, backup } = setting;
    for (let n = 0; n < 40; n++) await datastore.get(`old ${n}`, () => n, 0);
    setting.clock.advance(34 * DAY);
    await keepInUse(setting, 41);
    let held = gate();
    backup.fails("delete", async (real) => {
      await held.promise;
      return real();
    });
    backup.fails("list", async function* (real) {
      await datastore.get("in use 0", () => 0, 0);
      yield* real() as AsyncIterable<BackupInfo>; // what the real list answers with
    });
    const culled = datastore.cull();
    while (backup.count("delete") < 4) await turn();
    expect(await isSettled(culled)).toBe(false);
    expect(backup.count("delete")).toBe(4);
    const closed = datastore.close();
    const first = held;
    held = gate();
    first.open();
    while (backup.count("delete") < 4 + 16) await turn();
    expect(await isSettled(culled)).toBe(false);
    expect(backup.count("delete")).toBe(4 + 16);
    held.open();
    expect(await culled).toMatchObject({ deleted: 40, failed: 0 });
    await closed;
  });

  it("a cull rests several times as long as each step took while others use the store", async () => {
    const { datastore, backup } = setUp();
    const rests: number[] = [];
    backup.fails("list", async function* () {
      for (let n = 0; n < 3; n++) {
        await datastore.get(`in use ${n}`, () => n, 0);
        const began = performance.now();
        while (performance.now() - began < 2); // a step of the store
        yield { id: `id-${n}`, usedAt: 0, loadedAt: 0, size: 0 };
        rests.push(performance.now() - began - 2);
      }
    });
    await datastore.cull();
    expect(Math.min(...rests)).toBeGreaterThan(5); // it would be 0 without
  });

  it("a cull lets gets go on meanwhile", async () => {
    const { datastore, backup } = setUp();
    await datastore.get("key", () => "loaded");
    const held = gate();
    backup.fails("list", async function* () {
      await held.promise;
      yield* [];
    });
    const culled = datastore.cull();
    expect(await datastore.get("other", () => "other")).toBe("other");
    expect(await isSettled(culled)).toBe(false);
    held.open();
    await culled;
  });

  it("a cull walks a million records in flat memory", async () => {
    const { datastore, backup, start } = setUp();
    const held: number[] = [];
    backup.fails("list", async function* () {
      for (let n = 0; n < 1_000_000; n++) {
        if (n === 1_000 || n === 999_000) held.push(heldBytes());
        yield { id: `an id as long as most ids are ${n}`, usedAt: start, loadedAt: start, size: 1_000 };
      }
    });
    expect(await datastore.cull()).toMatchObject({ examined: 1_000_000, deleted: 0 });
    const [first = 0, last = 0] = held;
    expect(last - first).toBeLessThan(10_000_000); // a million ids are more than 50 MB
  }, 120_000);
});

describe("what a delete leaves behind", () => {
  it("what a delete leaves behind is gone with the first cull after an hour", async () => {
    const { datastore, backup, clock } = setUp();
    await datastore.get("key", () => "value");
    await datastore.delete("key");
    clock.advance(DAY / 24 + 1);
    await datastore.cull({ force: true });
    expect(await backup.adapter.read(idOf("key"))).toBeUndefined();
  });

  it("a tombstone that cannot be written is no failed delete, and one event tells", async () => {
    const { datastore, backup, told } = setUp();
    await datastore.get("key", () => "value");
    backup.fails("write", throws());
    await datastore.delete("key");
    expect(told.of("backupFailed")).toMatchObject([{ key: "key", operation: "write", retry: false }]);
    expect(await datastore.peekBackup("key")).toBeUndefined();
  });
});

describe("what a cull thinks wrong", () => {
  it("a cull that would take more than half of the store waits until one a day later agrees", async () => {
    const setting = setUp();
    const { datastore, clock } = setting;
    for (const key of ["one", "two", "three"]) await datastore.get(key, () => key, 0);
    await keepInUse(setting, 2);
    clock.advance(20 * DAY);
    await keepInUse(setting, 2);
    clock.advance(14 * DAY);
    expect(await datastore.cull()).toEqual({ examined: 5, deleted: 0, failed: 0, postponed: true });
    clock.advance(DAY);
    expect(await datastore.cull()).toEqual({ examined: 5, deleted: 3, failed: 0, postponed: false });
  });

  it("a store that was restored from an old snapshot loses nothing: two culls within a day do not agree", async () => {
    const setting = setUp();
    const { datastore, clock } = setting;
    for (let n = 0; n < 30; n++) await datastore.get(`key ${n}`, () => n, 0);
    clock.advance(40 * DAY);
    for (let n = 0; n < 20; n++) {
      expect(await datastore.cull()).toMatchObject({ deleted: 0, postponed: true });
      clock.advance(DAY / 24);
    }
    for (let n = 0; n < 30; n++) expect(await datastore.peekBackup(`key ${n}`)).toMatchObject({ value: n });
  });

  it("a cull does not believe one damaged time of use that says the newest is far ahead", async () => {
    const { datastore, backup, clock, start } = setUp({ cullTime: "40d" });
    await datastore.get("old", () => "old", 0);
    clock.advance(15 * DAY);
    for (const key of ["one", "two", "three"]) await datastore.get(key, () => key, 0);
    await backup.adapter.write("damaged", new Uint8Array(1), { loadedAt: start, usedAt: Number.MAX_SAFE_INTEGER });
    clock.advance(30 * DAY + 1);
    expect(await datastore.cull()).toMatchObject({ deleted: 0, postponed: true });
  });

  it("a cull that takes half of the store does not wait", async () => {
    const setting = setUp();
    await withOneOldBackup(setting, 1);
    expect(await setting.datastore.cull()).toMatchObject({ examined: 2, deleted: 1, postponed: false });
  });

  it("a cull whose clock is a month past the newest use waits until one a day later agrees", async () => {
    const { datastore, clock } = setUp({ cullTime: "40d" });
    await datastore.get("old", () => "old", 0);
    clock.advance(15 * DAY);
    for (const key of ["one", "two", "three"]) await datastore.get(key, () => key, 0);
    clock.advance(30 * DAY + 1); // "old" is 45 days old, the others 30
    expect(await datastore.cull()).toEqual({ examined: 4, deleted: 0, failed: 0, postponed: true });
    clock.advance(DAY);
    expect(await datastore.cull()).toMatchObject({ deleted: 1, postponed: false });
  });

  it("a cull that waits says so in its event", async () => {
    const { datastore, clock, told } = setUp();
    await datastore.get("old", () => "old", 0);
    clock.advance(34 * DAY);
    await datastore.cull();
    expect(told.of("culled")).toMatchObject([{ examined: 1, deleted: 0, postponed: true }]);
  });

  it("a cull with force does not wait", async () => {
    const { datastore, clock } = setUp();
    await datastore.get("old", () => "old", 0);
    clock.advance(34 * DAY);
    expect(await datastore.cull({ force: true })).toMatchObject({ deleted: 1, postponed: false });
  });

  it("a cull that finds all well in between starts the wait again", async () => {
    const { datastore, clock, start } = setUp();
    await datastore.get("key", () => "good", 0);
    clock.advance(400 * DAY);
    expect(await datastore.cull()).toMatchObject({ postponed: true });
    clock.set(start + DAY);
    expect(await datastore.cull()).toMatchObject({ postponed: false, deleted: 0 });
    clock.advance(400 * DAY);
    expect(await datastore.cull()).toMatchObject({ postponed: true });
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "good" });
  });
});

it("a backup is kept for cullTime after its last use, though that use was not reported", async () => {
  const setting = setUp();
  const { datastore, clock } = setting;
  await datastore.get("key", () => "value", Infinity);
  clock.advance(2.9 * DAY);
  await datastore.get("key", failing(), Infinity);
  await turn();
  clock.advance(27.2 * DAY);
  await datastore.cull({ force: true });
  expect(await datastore.peekBackup("key")).toMatchObject({ value: "value" });
});

describe("a backup is in use", () => {
  it.each([
    ["a cache of values", mapCache],
    ["a cache of bytes", byteCache],
  ])("a backup is in use when a get hits %s", async (_, makeCache) => {
    const setting = setUp({ cache: makeCache() });
    const { datastore, clock } = setting;
    await datastore.get("key", () => "value", Infinity);
    for (let day = 0; day < 100; day++) {
      clock.advance(DAY);
      expect(await datastore.get("key", failing(), Infinity)).toBe("value");
      await turn();
    }
    expect(await datastore.cull({ force: true })).toMatchObject({ examined: 1, deleted: 0 });
  });

  it("a backup is in use when it stands in", async () => {
    const { datastore, clock } = setUp();
    await datastore.get("key", () => "good", 0);
    for (let day = 0; day < 100; day += 5) {
      clock.advance(5 * DAY);
      expect(await datastore.get("key", failing(), 0)).toBe("good");
    }
    await turn();
    await datastore.cull({ force: true });
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "good" });
  });

  it("a backup is in use when it is written", async () => {
    const setting = setUp();
    const { datastore, clock } = setting;
    await datastore.get("key", () => "one", 0);
    clock.advance(29 * DAY);
    await datastore.get("key", () => "two", 0);
    clock.advance(29 * DAY);
    expect(await datastore.cull({ force: true })).toMatchObject({ deleted: 0 });
  });

  it("a backup that another process uses is not culled by this one", async () => {
    const setting = setUp({ cache: mapCache() });
    const { datastore, another, clock } = setting;
    await datastore.get("key", () => "value", Infinity);
    const elsewhere = another({ cache: mapCache() });
    await elsewhere.get("key", failing(), 0);
    for (let day = 0; day < 40; day += 2) {
      clock.advance(2 * DAY);
      await elsewhere.get("key", failing(), 0);
    }
    await turn();
    await datastore.cull({ force: true });
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "value" });
  });

  it("a use of a backup is not reported more than once per tenth of cullTime", async () => {
    const { datastore, backup, clock } = setUp({ cullTime: "30d" });
    await datastore.get("key", () => "value", Infinity);
    for (let hour = 0; hour < 24 * 30; hour++) {
      clock.advance(DAY / 24);
      await datastore.get("key", failing(), Infinity);
    }
    await turn();
    expect(backup.count("touch", idOf("key"))).toBe(10);
  });

  it("a use of a backup is reported for each key", async () => {
    const { datastore, backup, clock } = setUp();
    await datastore.get("a", () => "value", Infinity);
    await datastore.get("b", () => "value", Infinity);
    clock.advance(4 * DAY);
    await datastore.get("a", failing(), Infinity);
    await datastore.get("b", failing(), Infinity);
    await turn();
    expect(backup.count("touch", idOf("a"))).toBe(1);
    expect(backup.count("touch", idOf("b"))).toBe(1);
  });

  it("a use of a backup is reported with the time of the use, not of the load", async () => {
    const { datastore, backup, clock } = setUp();
    await datastore.get("key", () => "value", Infinity);
    clock.advance(4 * DAY);
    await datastore.get("key", failing(), Infinity);
    await turn();
    expect(backup.calls.find(({ operation }) => operation === "touch")?.args[1]).toMatchObject({ usedAt: clock.now() });
  });

  it("a use that is reported leaves the backup its age", async () => {
    const { datastore, clock, start } = setUp();
    await datastore.get("key", () => "value", Infinity);
    clock.advance(4 * DAY);
    await datastore.get("key", failing(), Infinity);
    await turn();
    expect(await datastore.peekBackup("key")).toMatchObject({ loadedAt: start });
  });

  it("a get does not wait for its use to be reported", async () => {
    const { datastore, backup, clock } = setUp();
    await datastore.get("key", () => "value", Infinity);
    clock.advance(4 * DAY);
    backup.fails("touch", hangs());
    expect(await datastore.get("key", failing(), Infinity)).toBe("value");
  });
});

describe("culls in the background", () => {
  /** The time that a cull takes: none on however slow a machine, unless a test says so. */
  let elapsed = 0;
  beforeEach(() => {
    elapsed = 0;
    vi.spyOn(performance, "now").mockImplementation(() => elapsed);
  });
  afterEach(() => void vi.restoreAllMocks());

  it("culls in the background start with every cullAfter-th get, hits and misses alike", async () => {
    const { datastore, backup } = setUp({ cullAfter: 3 });
    const culls: number[] = [];
    for (let n = 0; n < 9; n++) {
      await datastore.get("key", () => "value");
      await turn();
      culls.push(backup.count("list"));
    }
    expect(culls).toEqual([0, 0, 1, 1, 1, 2, 2, 2, 3]);
  });

  it("culls in the background start with every thousandth get where cullAfter is not given", async () => {
    const { datastore, backup } = setUp();
    for (let n = 0; n < 999; n++) await datastore.get("key", () => "value");
    await turn();
    expect(backup.count("list")).toBe(0);
    await datastore.get("key", () => "value");
    await turn();
    expect(backup.count("list")).toBe(1);
  });

  it("culls in the background never start with a cullAfter of Infinity", async () => {
    const { datastore, backup } = setUp({ cullAfter: Infinity });
    for (let n = 0; n < 2_000; n++) await datastore.get("key", () => "value");
    await turn();
    expect(backup.count("list")).toBe(0);
  });

  it("culls in the background delete what is unused", async () => {
    const setting = setUp({ cullAfter: 9 });
    await withOneOldBackup(setting); // seven gets
    await setting.datastore.get("in use 0", failing(), 0);
    await setting.datastore.get("in use 0", failing(), 0);
    await turn();
    expect(await setting.datastore.peekBackup("old")).toBeUndefined();
  });

  it("culls in the background are not waited for by the get that starts them", async () => {
    const { datastore, backup } = setUp({ cullAfter: 1 });
    backup.fails("lock", hangs());
    expect(await datastore.get("key", () => "value")).toBe("value");
  });

  /** Culls that each get starts, if any does. */
  function culling() {
    const { datastore, backup } = setUp({ cullAfter: 1 });
    const cullTaking = async (milliseconds: number): Promise<number> => {
      backup.fails("list", async function* () {
        elapsed += milliseconds;
        yield* [];
      });
      const before = backup.count("list");
      await datastore.get("key", () => "value");
      await turn();
      return backup.count("list") - before;
    };
    return { datastore, cullTaking };
  }

  it("culls in the background that took long are not begun again before a while has passed", async () => {
    const { datastore, cullTaking } = culling();
    expect(await cullTaking(1)).toBe(1);
    expect(await cullTaking(60_000)).toBe(1);
    expect(await cullTaking(1)).toBe(0);
    expect(await datastore.cull()).toMatchObject({ postponed: false }); // whoever asks for one gets one
    elapsed += 24 * 3_600_000;
    expect(await cullTaking(1)).toBe(1);
  });

  it("culls in the background take a hundredth of the time at most, however small the store and however fast the gets", async () => {
    const { cullTaking } = culling();
    let culls = 0;
    for (; elapsed < 100_000; elapsed += 3) culls += await cullTaking(7);
    const share = (culls * 7) / elapsed;
    expect(share).toBeGreaterThan(0.009);
    expect(share).toBeLessThan(0.0103); // what they owe at the end included
  });

  it("culls in the background do not pile up", async () => {
    const { datastore, backup } = setUp({ cullAfter: 1 });
    const held = hangs();
    backup.fails("lock", held);
    for (let n = 0; n < 10; n++) await datastore.get("key", () => "value");
    await turn();
    expect(backup.count("lock")).toBe(1);
    held.release();
  });

  it("culls in the background that find another process culling say nothing of a failure", async () => {
    const { datastore, backup, told } = setUp({ cullAfter: 1 });
    backup.fails("lock", lies(undefined));
    await datastore.get("key", () => "value");
    await turn();
    expect(told.of("backupFailed")).toEqual([]);
    expect(told.of("culled")).toEqual([]);
  });
});
