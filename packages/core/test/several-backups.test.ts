import { describe, expect, it, onTestFinished, vi } from "vitest";
import { type BackupAdapter, Datastore, type DatastoreOptions } from "../src/index.ts";
import { manualClock, memoryBackup } from "../src/testing.ts";
import { gate, isSettled, turn } from "./support/gate.ts";
import { DAY, failing, holdDeadlines, idOf, rejectionOf, Told } from "./support/setting.ts";
import { Breakable, hangs, mapCache, rejects, throws } from "./support/stores.ts";

/** Keeps nothing, so that each get is a load. */
const cache: DatastoreOptions["cache"] = { ...mapCache(), get: () => undefined };

/** A datastore on so many stores that can be broken, and another one on the same, as after a restart. */
function setUpWith(count: number, options: Partial<DatastoreOptions> = {}) {
  const clock = manualClock();
  const stores = Array.from({ length: count }, (_, index) => new Breakable<BackupAdapter>(named(`store${index}`)));
  const another = (): Datastore => {
    const datastore = new Datastore({ cache, clock, backupWait: 0, ...options, backup: stores.map(({ adapter }) => adapter) });
    onTestFinished(() => datastore.close().catch(() => undefined));
    return datastore;
  };
  const datastore = another();
  const [one, two] = stores;
  if (one === undefined || two === undefined) throw new Error("there are two at least");
  return { datastore, clock, stores, one, two, another, told: new Told(datastore) };
}

function named(name: string): BackupAdapter {
  return { ...memoryBackup(), name };
}

const stampIn = async ({ adapter }: Breakable<BackupAdapter>, key: string): Promise<number | undefined> => (await adapter.read(idOf(key)))?.loadedAt;

describe("several backups", () => {
  it("a write goes to each of several backups", async () => {
    const { datastore, stores, clock } = setUpWith(3);
    await datastore.set("key", "value");
    await datastore.flush();
    for (const store of stores) expect(await stampIn(store, "key")).toBe(clock.now());
  });

  it("a write of several backups is over when one of them has it, and an event tells of the one that fails", async () => {
    const { datastore, one, told } = setUpWith(2);
    one.fails("write", rejects());
    await datastore.set("key", "value");
    await turn();
    expect(told.of("backupWritten")).toHaveLength(1);
    expect(told.of("backupFailed")).toMatchObject([{ key: undefined, operation: "write", retry: true, error: { adapter: "store0" } }]);
    one.heals();
  });

  it("a write of several backups waits for none that hangs", async () => {
    const { datastore, one } = setUpWith(2);
    one.fails("write", hangs());
    expect(await isSettled(datastore.set("key", "value"))).toBe(true);
    one.heals();
  });

  it("backupCopies makes a write wait for so many backups", async () => {
    const { datastore, two } = setUpWith(3, { backupCopies: 3 });
    const opened = gate();
    two.fails("write", async (real) => (await opened.promise, real()));
    const set = datastore.set("key", "value");
    expect(await isSettled(set)).toBe(false);
    opened.open();
    await set;
  });

  it("a write of fewer copies than backupCopies asks for is owed, and flush says so", async () => {
    const { datastore, two } = setUpWith(2, { backupCopies: 2 });
    two.fails("write", rejects());
    expect(await rejectionOf(datastore.set("key", "value"))).toMatchObject({ code: "STORE_FAILED" });
    expect(await rejectionOf(datastore.flush())).toMatchObject({ code: "NOT_DURABLE" });
    two.heals();
    await datastore.flush();
    expect(await stampIn(two, "key")).toBeDefined();
  });

  it("flush waits for each backup, and says which does not take what it has missed", async () => {
    const { datastore, two } = setUpWith(2);
    two.fails("write", rejects());
    await datastore.set("key", "value");
    expect(await rejectionOf(datastore.flush())).toMatchObject({ code: "NOT_DURABLE", message: expect.stringContaining("store1 does not take") });
    two.heals();
    await datastore.flush();
    expect(await stampIn(two, "key")).toBeDefined();
  });

  it("health shows what a backup tells of itself, also once it has changed, and of each of several", () => {
    const tells: { details?: Readonly<Record<string, string>> } = {};
    const telling: BackupAdapter = Object.defineProperty(named("telling"), "details", { get: () => tells.details });
    const [alone, beside] = [telling, [named("silent"), telling]].map((backup) => new Datastore({ cache, backup }));
    expect(alone?.health().backup).not.toHaveProperty("details");
    tells.details = { driver: "a client" };
    expect(alone?.health().backup.details).toEqual({ driver: "a client" });
    expect(beside?.health().backup.stores?.map((store) => store.details)).toEqual([undefined, { driver: "a client" }]);
  });

  it("health has a line for each backup, with how many ids it has missed", async () => {
    const { datastore, two } = setUpWith(2);
    two.fails("write", rejects());
    await datastore.set("key", "value");
    await turn();
    expect(datastore.health().backup).toMatchObject({ name: "store0+store1", state: "ok", pendingWrites: 0 });
    expect(datastore.health().backup.stores).toMatchObject([{ name: "store0", state: "ok", pendingWrites: 0 }, { name: "store1", state: "failing", pendingWrites: 1 }]);
    two.heals();
    await datastore.flush();
    expect(datastore.health().backup.stores).toMatchObject([{ pendingWrites: 0 }, { state: "ok", pendingWrites: 0 }]);
  });

  it("a read takes the greatest stamp of those that answer, and brings up the backups that were behind", async () => {
    const { datastore, another, clock, one, two } = setUpWith(2);
    await datastore.set("key", "old");
    two.fails("write", rejects());
    clock.advance(1_000);
    await datastore.set("key", "new");
    two.heals();
    // Another process knows nothing of what was missed.
    const other = another();
    one.fails("read", rejects());
    expect(await other.get("key", failing())).toBe("old");
    one.heals();
    expect(await other.get("key", failing())).toBe("new");
    await other.flush();
    expect(await stampIn(two, "key")).toBe(clock.now());
  });

  it("a record that is damaged in one backup is whole in the other, which answers, and is put right", async () => {
    const { datastore, two, one, told } = setUpWith(2);
    await datastore.set("key", "value");
    await datastore.flush();
    const record = await one.adapter.read(idOf("key"));
    if (record === undefined) throw new Error("it has been written");
    const damaged = new Uint8Array(record.bytes).fill(7, 40, 42);
    one.adapter.write(idOf("key"), damaged, { loadedAt: record.loadedAt, usedAt: record.loadedAt });
    expect(await datastore.get("key", failing())).toBe("value");
    await datastore.flush();
    expect((await one.adapter.read(idOf("key")))?.bytes).toEqual((await two.adapter.read(idOf("key")))?.bytes);
    expect(told.of("backupCorrupt")).toEqual([]);
  });

  it("a thousand keys have a thousand answers in a cold outage, whichever of the backups is lost", async () => {
    const { datastore, stores, clock } = setUpWith(2);
    const keys = Array.from({ length: 1_000 }, (_, index) => `key ${index}`);
    await Promise.all(keys.map((key) => datastore.set(key, `value of ${key}`)));
    await datastore.flush();
    for (const lost of [0, 1]) {
      const backup = stores.map(({ adapter }, index) => (index === lost ? named("empty") : adapter));
      const cold = new Datastore({ cache, clock, backup });
      for (const key of keys) expect(await cold.get(key, failing())).toBe(`value of ${key}`);
      await cold.flush();
      // The new one has come to have everything.
      const alone = new Datastore({ cache, clock, backup: backup[lost] ?? [] });
      for (const key of keys) expect(await alone.get(key, failing())).toBe(`value of ${key}`);
    }
  });

  it("a backup that is down keeps nobody from an answer, and that there is none is known from all alone", async () => {
    const { datastore, one, told } = setUpWith(2);
    await datastore.set("key", "value");
    one.fails("read", rejects());
    expect(await datastore.get("key", failing())).toBe("value");
    expect(told.of("backupFailed")).toMatchObject([{ operation: "read", error: { adapter: "store0" } }]);
    told.forget();
    expect(await rejectionOf(datastore.get("other", failing(new Error("the source is down"))))).toMatchObject({ message: "the source is down" });
    expect(told.of("backupFailed").length).toBeGreaterThan(0);
  });
});

describe("what one of several backups has missed", () => {
  it("what one of several backups has missed is tried again after a second, and then at longer and longer distances", async () => {
    holdDeadlines();
    const { datastore, two } = setUpWith(2);
    two.fails("write", rejects());
    await datastore.set("key", "value");
    await turn();
    const distances: number[] = [];
    let seconds = 0;
    for (let writes = two.count("write"); distances.length < 5; ) {
      await vi.advanceTimersByTimeAsync(1_000);
      await turn();
      seconds++;
      if (two.count("write") === writes) continue;
      writes = two.count("write");
      distances.push(seconds);
      seconds = 0;
    }
    expect(distances).toEqual([1, 2, 4, 8, 16]);
    two.heals();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await stampIn(two, "key")).toBeDefined();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a deletion with several backups", () => {
  it("a deletion reaches the backup that missed it once it is back", async () => {
    const { datastore, two } = setUpWith(2);
    await datastore.set("key", "value");
    await datastore.flush();
    for (const operation of ["delete", "write"] as const) two.fails(operation, throws());
    await datastore.delete("key");
    expect(await datastore.peekBackup("key")).toBeUndefined();
    two.heals();
    await datastore.flush();
    const alone = new Datastore({ cache, backup: two.adapter });
    expect(await alone.peekBackup("key")).toBeUndefined();
  });

  it("a deletion that one backup missed holds in other processes, and after a restart", async () => {
    const { datastore, two, another } = setUpWith(2);
    await datastore.set("key", "value");
    await datastore.flush();
    for (const operation of ["delete", "write"] as const) two.fails(operation, throws());
    await datastore.delete("key");
    two.heals();
    const restarted = another();
    expect(await restarted.peekBackup("key")).toBeUndefined();
    await restarted.flush();
    const alone = new Datastore({ cache, backup: two.adapter });
    expect(await alone.peekBackup("key")).toBeUndefined();
  });

  it("what was written after a deletion that a backup missed stays when it is told of the deletion", async () => {
    const { datastore, one, two, clock, another } = setUpWith(2);
    await datastore.set("key", "old");
    await datastore.flush();
    for (const operation of ["delete", "write"] as const) two.fails(operation, throws());
    await datastore.delete("key");
    two.heals();
    clock.advance(1_000);
    const other = another();
    await other.set("key", "new");
    await other.flush();
    await datastore.flush();
    for (const { adapter } of [one, two]) expect(await new Datastore({ cache, clock, backup: adapter }).get("key", failing())).toBe("new");
  });

  it("no tombstone is culled while a backup is down that may have missed the deletion", async () => {
    const { datastore, two, one, clock } = setUpWith(2, { cullTime: 30 * DAY });
    await datastore.set("key", "value");
    await datastore.flush();
    for (const operation of ["delete", "write", "read", "list"] as const) two.fails(operation, throws());
    await datastore.delete("key");
    clock.advance(DAY);
    await rejectionOf(datastore.cull({ force: true }));
    expect(await one.adapter.read(idOf("key"))).toBeDefined();
    two.heals();
    clock.advance(DAY);
    await datastore.flush();
    await datastore.cull({ force: true });
    for (const { adapter } of [one, two]) expect(await new Datastore({ cache, clock, backup: adapter }).peekBackup("key")).toBeUndefined();
  });
});

describe("the options of several backups", () => {
  const made = (options: object): (() => unknown) => () => Reflect.construct(Datastore, [{ cache: mapCache(), ...options }]);

  it.each([
    [{ backup: [] }, "backup must be a backup adapter"],
    [{ backup: [memoryBackup(), {}] }, "backup[1] must be a backup adapter"],
    [{ backup: [memoryBackup(), memoryBackup()], backupCopies: 0 }, "backupCopies must be"],
    [{ backup: [memoryBackup(), memoryBackup()], backupCopies: 1.5 }, "backupCopies must be"],
    [{ backup: [memoryBackup(), memoryBackup()], backupCopies: 3 }, "backupCopies must be at most 2, which is how many backups there are; got 3"],
    [{ backup: memoryBackup(), backupCopies: 2 }, "backupCopies must be at most 1, which is how many backups there are; got 2"],
  ])("options of several backups that cannot be meant are refused: %j", (options, message) => {
    expect(made(options)).toThrow(`new Datastore: ${message}`);
  });

  it("one backup in several places is refused, as it would be one copy", () => {
    const backup = memoryBackup();
    expect(made({ backup: [backup, backup] })).toThrow("new Datastore: backup[1] must be another one than backup[0]");
  });

  it("a list of one backup is that backup", async () => {
    const backup = memoryBackup();
    const datastore = new Datastore({ cache, backup: [backup] });
    await datastore.set("key", "value");
    expect(datastore.health().backup.name).toBe("memory");
    expect(await backup.read(idOf("key"))).toBeDefined();
  });
});
