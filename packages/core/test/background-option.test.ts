import { describe, expect, it } from "vitest";
import { Datastore } from "../src/index.ts";
import { memoryBackup } from "../src/testing.ts";
import { gate, isSettled } from "./support/gate.ts";
import { setUp } from "./support/setting.ts";
import { hangs, mapCache } from "./support/stores.ts";

describe("background", () => {
  it("a host is handed the work that goes on after an answer, until it is over", async () => {
    const handed: Promise<void>[] = [];
    const { datastore, clock } = setUp({ background: (work) => void handed.push(work), refreshAhead: 0.5 });
    await datastore.get("key", () => "old", "1m");
    await Promise.all(handed.splice(0));
    clock.advance(40_000);
    const source = gate<string>();
    expect(await datastore.get("key", () => source.promise, "1m")).toBe("old");
    expect(handed.length).toBeGreaterThan(0);
    expect(await isSettled(Promise.all(handed))).toBe(false);
    source.open("new");
    await Promise.all(handed);
    expect(await datastore.get("key", () => "newer", "1m")).toBe("new");
  });

  it("a host is handed the backup writes that callers do not wait for", async () => {
    const handed: Promise<void>[] = [];
    const { datastore, backup } = setUp({ background: (work) => void handed.push(work), backupWait: 0 });
    const held = hangs();
    backup.fails("write", held);
    await datastore.get("key", () => "value", "1m");
    expect(handed).toHaveLength(1);
    expect(await isSettled(Promise.all(handed))).toBe(false);
    held.release();
    await Promise.all(handed);
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "value" });
  });

  it.each([
    ["throws", () => { throw new Error("no request"); }],
    ["rejects", () => Promise.reject(new Error("no request"))],
  ])("a host that %s changes nothing for the work, and is told of", async (_, background) => {
    const { datastore, clock, told } = setUp({ background, refreshAhead: 0.5 });
    await datastore.get("key", () => "old", "1m");
    clock.advance(40_000);
    await datastore.get("key", () => "new", "1m");
    await isSettled(Promise.resolve());
    await isSettled(Promise.resolve());
    expect(await datastore.get("key", () => "newer", "1m")).toBe("new");
    expect(told.of("backgroundFailed")[0]).toMatchObject({ error: { message: "no request" } });
  });

  it("what is no function is refused", () => {
    expect(() => new Datastore({ cache: mapCache(), backup: memoryBackup(), background: "waitUntil" as never })).toThrow(/background must be a function/);
  });
});
