import { describe, expect, it, vi } from "vitest";
import { encryptedCodec, type BackupAdapter, type ByteCacheAdapter, type CacheAdapter, Datastore, type DatastoreOptions } from "../src/index.ts";
import { encodeNote } from "../src/entry/note.ts";
import { recordId } from "../src/entry/record-id.ts";
import { manualClock, memoryBackup } from "../src/testing.ts";
import { gate, isSettled, turn } from "./support/gate.ts";
import { announcing, Wire } from "./support/wire.ts";
import { failing, holdDeadlines } from "./support/setting.ts";
import { Breakable, hangs, mapCache, rejects } from "./support/stores.ts";

const SECOND = 1_000;

/** Processes with a near cache each, on one far cache that announces, and one backup. */
function setUp() {
  const wire = new Wire();
  const far = new Breakable<ByteCacheAdapter>(announcing(wire));
  const backup = memoryBackup();
  const clock = manualClock();
  const open = (options: Partial<DatastoreOptions> = {}) => {
    const near = new Breakable<CacheAdapter>(mapCache());
    return new Datastore({ cache: [near.adapter, far.adapter], backup, clock, ...options });
  };
  /** A process that hears, and has a copy of the key. */
  const hearing = async (key: string, options: Partial<DatastoreOptions> = {}): Promise<Datastore> => {
    const datastore = open(options);
    await datastore.get("any", () => "any", "1h");
    await turn();
    clock.advance(1);
    await datastore.get(key, failing());
    return datastore;
  };
  return { wire, far, backup, clock, open, hearing };
}

describe("a list of caches of which the farthest announces", () => {
  it("a set is heard by the other processes, whose older near copies go at once", async () => {
    const { open, clock, hearing } = setUp();
    const writer = open();
    await writer.set("key", "first", "1h");
    const reader = await hearing("key");
    expect(await reader.get("key", failing())).toBe("first");
    clock.advance(1);
    await writer.set("key", "second", "1h");
    expect(await reader.get("key", failing())).toBe("second");
    expect(await writer.get("key", failing())).toBe("second");
  });

  it.each([
    ["set", (process: Datastore) => process.set("key", "first", "1h")],
    ["a forced load", (process: Datastore) => process.get("key", () => "first", { ttl: "1h", refresh: true })],
    ["a forced load that failed", (process: Datastore) => process.get("key", failing(), { ttl: "1h", refresh: true })],
  ])("a process whose first copy comes from %s hears of changes from then on", async (_, begin) => {
    const { open, clock } = setUp();
    const [one, other] = [open(), open()];
    await other.set("key", "older", "1h");
    clock.advance(1);
    await begin(one);
    await turn();
    clock.advance(1);
    await other.set("key", "second", "1h");
    expect(await one.get("key", failing())).toBe("second");
  });

  it.each([
    ["set", (process: Datastore) => process.set("key", "first", "1h")],
    ["a forced load", (process: Datastore) => process.get("key", () => "first", { ttl: "1h", refresh: true })],
  ])("a process whose first copy comes from %s that still writes its backup hears of changes from then on", async (_, begin) => {
    const { open, clock } = setUp();
    const backup = new Breakable<BackupAdapter>(memoryBackup());
    const writing = hangs();
    backup.fails("write", writing);
    const [one, other] = [open({ backup: backup.adapter }), open()];
    const begun = begin(one);
    await turn();
    clock.advance(1);
    await other.set("key", "second", "1h");
    expect(await one.get("key", failing())).toBe("second");
    writing.release();
    await begun;
  });

  it("a copy that was made before announcements were heard is asked for again, because one may have been missed", async () => {
    const { open, clock, wire } = setUp();
    const [one, other] = [open(), open()];
    const listening = gate();
    wire.confirmsAfter = listening.promise;
    await one.get("key", () => "first", "1h");
    clock.advance(1);
    wire.isDeaf = true;
    await other.set("key", "second", "1h");
    wire.isDeaf = false;
    expect(await one.get("key", failing())).toBe("first"); // as it does not hear yet, it trusts its copy for nearTtl
    listening.open();
    await turn();
    await one.get("any", () => "any", "1h"); // gets ask whether all is heard
    await turn();
    clock.advance(1);
    expect(await one.get("key", failing())).toBe("second");
  });

  it.each(["expire", "delete"] as const)("%s is heard by the other processes", async (operation) => {
    const { open, clock, hearing } = setUp();
    const writer = open();
    await writer.set("key", "old", "1h");
    const reader = await hearing("key");
    clock.advance(1);
    await writer[operation]("key");
    expect(await reader.get("key", () => "new", "1h")).toBe("new");
  });

  it.each(["expire", "delete"] as const)("%s by a process whose clock is behind is heard by the other processes", async (operation) => {
    const { open, clock, hearing } = setUp();
    await open({ clock: { now: () => clock.now() + 3 * SECOND } }).set("key", "old", "1h");
    const reader = await hearing("key");
    expect(await reader.get("key", failing())).toBe("old");
    clock.advance(1);
    await open()[operation]("key");
    expect(await reader.get("key", () => "new", "1h")).toBe("new");
  });

  it.each(["expire", "delete"] as const)("a copy of a process whose clock is ahead that is read during %s is no answer after it", async (operation) => {
    const { open, far, clock, hearing } = setUp();
    await open({ clock: { now: () => clock.now() + 3 * SECOND } }).set("key", "old", "1h");
    await open().set("other", "value", "1h");
    const reader = await hearing("other");
    clock.advance(1);
    const hung = hangs();
    far.fails("setUnlessNewer", hung);
    far.fails("delete", hung);
    const changed = reader[operation]("key");
    await turn();
    expect(await reader.get("key", () => "old", "1h")).toBe("old");
    hung.release();
    await changed;
    expect(await reader.get("key", () => "new", "1h")).toBe("new");
  });

  it("an expire by a process whose clock is behind is heard, even if the far cache has lost the copy", async () => {
    const { open, far, clock, hearing } = setUp();
    await open({ clock: { now: () => clock.now() + 3 * SECOND } }).set("key", "old", "1h");
    const reader = await hearing("key");
    await far.adapter.delete(recordId("key"));
    clock.advance(1);
    await open().expire("key");
    expect(await reader.get("key", () => "new", "1h")).toBe("new");
  });

  it.each<[string, (other: Datastore) => Promise<void>]>([
    ["set", (other) => other.set("key", "new", "1h")],
    ["expire", (other) => other.expire("key")],
    ["delete", (other) => other.delete("key")],
  ])("nobody joins a load that was running when another process called %s", async (_, change) => {
    const { open, clock, hearing } = setUp();
    await open().set("other", "value", "1h");
    const reader = await hearing("other");
    const loading = gate<string>();
    const early = reader.get("key", () => loading.promise, "1h");
    await turn();
    clock.advance(1);
    await change(open());
    const late = reader.get("key", () => "new", "1h");
    loading.open("old");
    expect([await early, await late]).toEqual(["old", "new"]);
  });

  it("a load that began after another process called set is joined, when that is heard late", async () => {
    const { open, wire, clock, hearing } = setUp();
    await open().set("other", "value", "1h");
    const reader = await hearing("other");
    wire.isDeaf = true;
    await open().set("key", "set", "1h");
    const message = wire.sent.at(-1) ?? new Uint8Array();
    wire.isDeaf = false;
    clock.advance(1);
    const loading = gate<string>();
    const early = reader.get("key", () => loading.promise, { ttl: "1h", refresh: true });
    await turn();
    wire.deliver(message);
    const late = reader.get("key", () => "of a second load", { ttl: "1h", refresh: true });
    loading.open("loaded");
    expect([await early, await late]).toEqual(["loaded", "loaded"]);
  });

  it.each([
    ["set", (reader: Datastore) => reader.set("key", "third", "1h")],
    ["load", (reader: Datastore) => reader.get("key", () => "third", { ttl: "1h", refresh: true })],
  ] as const)("a %s that happens to have the stamp of the copy that it replaces is the answer of its own process too", async (_, replace) => {
    const { open, clock, hearing } = setUp();
    const other = open();
    await other.set("key", "first", "1h");
    const reader = await hearing("key", { clock: { now: () => clock.now() - 1 } });
    clock.advance(1);
    await other.set("key", "second", "1h");
    expect(await reader.get("key", failing())).toBe("second");
    clock.advance(1);
    await replace(reader);
    expect(await reader.get("key", failing())).toBe("third");
  });

  it("a load that replaced something is heard by the other processes", async () => {
    const { open, clock, hearing } = setUp();
    const writer = open();
    await writer.set("key", "old", "1h");
    const reader = await hearing("key");
    clock.advance(1);
    await writer.get("key", () => "new", { ttl: "1h", refresh: true });
    await turn();
    expect(await reader.get("key", failing(), "1h")).toBe("new");
  });

  it("while everything is heard, a near copy answers for its whole ttl, and the far cache is not asked", async () => {
    const { open, far, clock, hearing } = setUp();
    await open().set("key", "value", "1h");
    const reader = await hearing("key", { nearTtl: "2s" });
    for (let n = 0; n < 100; n++) {
      clock.advance(900);
      await reader.get("other", () => "other", "1h"); // a process that asks for anything keeps up
      await turn();
    }
    const asked = far.count("get");
    expect(await reader.get("key", failing())).toBe("value");
    expect(far.count("get")).toBe(asked);
  });

  it("a process that has not asked for longer than nearTtl does not know what it missed, and asks the far cache", async () => {
    const { open, far, clock, hearing } = setUp();
    await open().set("key", "value", "1h");
    const reader = await hearing("key", { nearTtl: "2s" });
    clock.advance(3 * SECOND);
    const asked = far.count("get");
    expect(await reader.get("key", failing())).toBe("value");
    expect(far.count("get")).toBe(asked + 1);
  });

  it("announcements that get lost in silence leave no older near copy after nearTtl", async () => {
    const { open, wire, clock, hearing } = setUp();
    const writer = open();
    await writer.set("key", "first", "1h");
    const reader = await hearing("key", { nearTtl: "2s" });
    wire.isDeaf = true;
    clock.advance(1);
    await writer.set("key", "second", "1h");
    for (let passed = 0; passed < 2 * SECOND; passed += 100) {
      clock.advance(100);
      await reader.get("key", failing());
    }
    expect(await reader.get("key", failing())).toBe("second");
  });

  it("copies from before a gap are trusted for nearTtl, and copies from after it for their whole ttl", async () => {
    const { open, far, wire, clock, hearing } = setUp();
    await open().set("key", "value", "1h");
    const reader = await hearing("key", { nearTtl: "2s" });
    clock.advance(1);
    wire.gap();
    clock.advance(1);
    for (let n = 0; n < 3; n++) {
      clock.advance(900);
      await reader.get("other", () => "other", "1h");
      await turn();
    }
    const asked = far.count("get");
    await reader.get("key", failing());
    expect(far.count("get")).toBe(asked + 1);
    for (let n = 0; n < 5; n++) {
      clock.advance(900);
      await reader.get("other", () => "other", "1h");
      await turn();
    }
    const again = far.count("get");
    await reader.get("key", failing());
    expect(far.count("get")).toBe(again);
  });

  it("a lost subscription is told of, and costs no answer", async () => {
    const { open, wire, clock, hearing } = setUp();
    const told: unknown[] = [];
    await open().set("key", "value", "1h");
    const reader = await hearing("key", { nearTtl: "2s" });
    reader.on("cacheFailed", (event) => told.push(event));
    wire.isDown = true;
    clock.advance(3 * SECOND);
    expect(await reader.get("key", failing())).toBe("value");
    await turn();
    expect(told).toMatchObject([{ operation: "listen", error: { code: "STORE_FAILED" } }]);
  });

  it("a process whose announcements are refused trusts near copies for nearTtl alone: others may be refused too", async () => {
    const { open, far, clock, hearing } = setUp();
    await open().set("key", "value", "1h");
    far.fails("announce", rejects(new Error("NOPERM")));
    const reader = await hearing("key", { nearTtl: "2s" });
    for (let n = 0; n < 3; n++) {
      clock.advance(900);
      await reader.get("other", () => "other", "1h");
      await turn();
    }
    const asked = far.count("get");
    await reader.get("key", failing());
    expect(far.count("get")).toBe(asked + 1);
  });

  it("a change that could not be announced is announced later", async () => {
    holdDeadlines();
    const { open, far, clock, hearing } = setUp();
    const told: unknown[] = [];
    const writer = open();
    writer.on("cacheFailed", (event) => told.push(event));
    await writer.set("key", "first", "1h");
    const reader = await hearing("key");
    far.fails("announce", rejects());
    clock.advance(1);
    await writer.set("key", "second", "1h");
    expect(await reader.get("key", failing())).toBe("first");
    expect(told).toMatchObject([{ key: "key", operation: "announce" }]);
    far.heals();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await reader.get("key", failing())).toBe("second");
  });

  it("an expire by a process whose clock is behind is heard, even if it is announced later", async () => {
    holdDeadlines();
    const { open, far, clock, hearing } = setUp();
    await open({ clock: { now: () => clock.now() + 3 * SECOND } }).set("key", "old", "1h");
    const reader = await hearing("key");
    far.fails("announce", rejects());
    clock.advance(1);
    await open().expire("key");
    far.heals();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await reader.get("key", () => "new", "1h")).toBe("new");
  });

  it("more changes than can be remembered are announced as one that concerns all keys", async () => {
    holdDeadlines();
    const { open, far, clock, hearing } = setUp();
    const writer = open();
    await writer.set("key 1", "first", "1h");
    const reader = await hearing("key 1", { nearTtl: "2s" });
    far.fails("announce", rejects());
    clock.advance(1);
    await writer.set("key 1", "second", "1h");
    await Promise.all(Array.from({ length: 10_000 }, (_, n) => writer.expire(`key ${n + 2}`)));
    far.heals();
    await vi.advanceTimersByTimeAsync(1_000);
    clock.advance(1_999);
    await reader.get("other", () => "other", "1h");
    await turn();
    clock.advance(1);
    expect(await reader.get("key 1", failing())).toBe("second");
  });

  it("a set is acknowledged when it has been announced, and a load does not wait for that", async () => {
    const { open, far } = setUp();
    const writer = open();
    const hung = hangs();
    far.fails("announce", hung);
    expect(await writer.get("loaded", () => "value")).toBe("value");
    const set = writer.set("set", "value");
    expect(await isSettled(set)).toBe(false);
    hung.release();
    await set;
  });

  it("garbage, and announcements that cannot be true, change nothing", async () => {
    const { open, far, wire, clock, hearing } = setUp();
    const writer = open();
    await writer.set("key", "value", "1h");
    const reader = await hearing("key");
    const [genuine] = wire.sent;
    const asked = far.count("get");
    const forged = [new Uint8Array(), Buffer.from("garbage"), new Uint8Array(100_000), ...damaged(genuine)];
    for (const message of forged) for (const listener of wire.listeners) listener.heard(message);
    clock.advance(1);
    expect(await reader.get("key", failing())).toBe("value");
    expect(far.count("get")).toBe(asked);
  });

  it.each([
    ["of another kind", "outage", ""],
    ["that names a key", "announcement", "key"],
  ])("a note %s is no announcement, whatever it says", async (_, kind, named) => {
    const { open, far, wire, clock, hearing } = setUp();
    await open().set("key", "value", "1h");
    const reader = await hearing("key");
    const note = encodeNote(kind, named, clock.now(), { by: "somebody", key: "key", outdates: clock.now() + 1 });
    for (const listener of wire.listeners) listener.heard(note);
    const asked = far.count("get");
    expect(await reader.get("key", failing())).toBe("value");
    expect(far.count("get")).toBe(asked);
  });

  it("an announcement of this form is believed", async () => {
    const { open, far, wire, clock, hearing } = setUp();
    await open().set("key", "value", "1h");
    const reader = await hearing("key");
    const note = encodeNote("announcement", "", clock.now(), { by: "somebody", key: "key", outdates: clock.now() + 1 });
    for (const listener of wire.listeners) listener.heard(note);
    const asked = far.count("get");
    expect(await reader.get("key", failing())).toBe("value");
    expect(far.count("get")).toBe(asked + 1);
  });

  it("an announcement from a clock that is more than a day ahead is not believed", async () => {
    const { open, far, clock, wire, hearing } = setUp();
    await open().set("key", "value", "1h");
    const reader = await hearing("key");
    const ahead = manualClock(clock.now() + 2 * 86_400_000);
    const other = new Wire();
    const stranger = new Datastore({ cache: [mapCache(), announcing(other)], backup: memoryBackup(), clock: ahead });
    await stranger.set("key", "later", "1h");
    for (const message of other.sent) for (const listener of wire.listeners) listener.heard(message);
    const asked = far.count("get");
    expect(await reader.get("key", failing())).toBe("value");
    expect(far.count("get")).toBe(asked);
  });

  it("an encrypted store announces no key in clear, and is heard by those who have the encryption key", async () => {
    const { open, wire, clock, hearing } = setUp();
    const codec = encryptedCodec({ keys: [{ id: "k", secret: Buffer.alloc(32, 7) }] });
    const writer = open({ codec });
    await writer.set("secret-key", "first", "1h");
    const reader = await hearing("secret-key", { codec });
    clock.advance(1);
    await writer.set("secret-key", "second", "1h");
    expect(await reader.get("secret-key", failing())).toBe("second");
    expect(wire.sent.length).toBeGreaterThan(0);
    for (const message of wire.sent) expect(Buffer.from(message).includes("secret-key")).toBe(false);
  });

  it("close ends the subscription, after the last announcement", async () => {
    const { open, wire, far } = setUp();
    const datastore = open();
    await datastore.get("any", () => "any", "1h");
    await turn();
    expect(wire.listeners.size).toBe(1);
    const opened = gate();
    far.fails("announce", async (real) => (await opened.promise, real()));
    await datastore.get("key", () => "value");
    const closing = datastore.close();
    const before = wire.sent.length;
    opened.open();
    await closing;
    expect(wire.listeners.size).toBe(0);
    expect(wire.sent.length).toBeGreaterThan(before);
  });

  it("a cache alone neither announces nor listens", async () => {
    const wire = new Wire();
    const datastore = new Datastore({ cache: announcing(wire), backup: memoryBackup() });
    await datastore.set("key", "value");
    await datastore.get("key", failing());
    expect(wire).toMatchObject({ sent: [], listeners: new Set() });
  });
});

/** The message with each of its bytes changed. */
function damaged(message: Uint8Array | undefined): Uint8Array[] {
  return Array.from(message ?? [], (byte, index) => {
    const copy = new Uint8Array(message ?? []);
    copy[index] = byte ^ 1;
    return copy;
  });
}
