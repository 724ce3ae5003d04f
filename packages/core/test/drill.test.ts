import { describe, expect, it, onTestFinished, vi } from "vitest";
import { turn } from "./support/gate.ts";
import { holdDeadlines, idOf, setUp } from "./support/setting.ts";
import { hangs, lies, throws } from "./support/stores.ts";

describe("a drill", () => {
  it("a drill reads the backup back behind a good load, and says nothing where all is well", async () => {
    const { datastore, backup, told } = setUp({ drill: 1 });
    await datastore.get("key", () => "good");
    await turn();
    expect(backup.count("read", idOf("key"))).toBe(1);
    expect(told.names).toEqual(["miss", "loaded", "backupWritten"]);
  });

  it.each([
    ["has nothing", lies(undefined)],
    ["has something damaged", lies({ bytes: Buffer.from("<html>"), loadedAt: 1 })],
  ])("finds a store that says it has written and then %s: one event tells", async (_, fault) => {
    const { datastore, backup, told } = setUp({ drill: 1 });
    backup.fails("read", fault);
    expect(await datastore.get("key", () => "good")).toBe("good");
    await turn();
    expect(told.of("backupFailed")).toMatchObject([{ key: "key", operation: "drill", retry: false }]);
  });

  it("a drill finds a store that has kept an older value only", async () => {
    const { datastore, backup, clock, told } = setUp({ drill: 1 });
    await datastore.get("key", () => "old", 0);
    await turn();
    backup.fails("write", () => clock.now()); // says that it has, and has not
    clock.advance(1_000);
    await datastore.get("key", () => "new", 0);
    await turn();
    expect(told.of("backupFailed")).toMatchObject([{ key: "key", operation: "drill" }]);
  });

  it("a drill finds a store that cannot be read", async () => {
    const { datastore, backup, told } = setUp({ drill: 1 });
    backup.fails("read", throws());
    await datastore.get("key", () => "good");
    await turn();
    expect(told.of("backupFailed").map(({ operation }) => operation)).toEqual(["read", "drill"]);
  });

  it("a drill waits for a write that is still under way: it is no false alarm", async () => {
    const { datastore, backup, told } = setUp({ drill: 1, backupWait: 0 });
    const writing = hangs();
    backup.fails("write", writing);
    await datastore.get("key", () => "good");
    await turn();
    writing.release();
    await turn();
    await turn();
    expect(backup.count("read", idOf("key"))).toBe(1);
    expect(told.of("backupFailed")).toEqual([]);
  });

  it("a drill holds nobody up, and is waited for by close()", async () => {
    holdDeadlines();
    const { datastore, backup } = setUp({ drill: 1 });
    const reading = hangs();
    backup.fails("read", reading);
    expect(await datastore.get("key", () => "good")).toBe("good");
    await turn();
    const closed = datastore.close();
    await turn();
    expect(backup.count("close")).toBe(0);
    reading.release();
    await closed;
  });

  it("happens after the share of good loads that it names, and after no other load", async () => {
    const chance = vi.spyOn(Math, "random");
    onTestFinished(() => chance.mockRestore());
    const { datastore, backup } = setUp({ drill: 0.25 });
    const reads = async (at: number, load: () => unknown): Promise<number> => {
      const before = backup.count("read");
      chance.mockReturnValue(at);
      await datastore.get("key", load, 0).catch(() => {});
      await turn();
      return backup.count("read") - before;
    };
    expect(await reads(0.249, () => "good")).toBe(1);
    expect(await reads(0.25, () => "good")).toBe(0);
    expect(await reads(0, () => undefined)).toBe(0);
    expect(await reads(0, () => new URL("https://example.org"))).toBe(0); // no backup can keep it, which has been told
  });

  it("a drill never happens where none is asked for", async () => {
    const { datastore, backup } = setUp();
    for (let n = 0; n < 100; n++) await datastore.get("key", () => n, 0);
    await turn();
    expect(backup.count("read")).toBe(0);
  });
});
