import { describe, expect, it, vi } from "vitest";
import { encodeEnvelope } from "../src/entry/envelope.ts";
import { type ByteCacheAdapter, type CacheAdapter, Datastore, type DatastoreOptions, encryptedCodec, type LoadContext, type LoadManyContext } from "../src/index.ts";
import { manualClock, memoryBackup } from "../src/testing.ts";
import { gate, isSettled, turn } from "./support/gate.ts";
import { DAY, failing, holdDeadlines, idOf, MINUTE, rejectionOf } from "./support/setting.ts";
import { Breakable, byteCache, comparingCache, hangs, mapCache, rejects } from "./support/stores.ts";
import { announcing, Wire } from "./support/wire.ts";

const SECOND = 1_000;
const HOUR = 60 * MINUTE;

type Caches = () => CacheAdapter | readonly CacheAdapter[];

/** Each returns what makes the caches of one process after the other. */
const fleets: readonly (readonly [string, () => Caches])[] = [
  ["memory caches and a shared backup", () => mapCache],
  ["a shared cache", () => sharing(byteCache())],
  ["a shared cache that compares stamps", () => sharing(comparingCache())],
  ["near caches in front of a silent one", () => nearTo(comparingCache())],
  ["near caches in front of one that announces", () => nearTo(announcing(new Wire()))],
];

function sharing(cache: CacheAdapter): Caches {
  return () => cache;
}

function nearTo(far: CacheAdapter): Caches {
  return () => [mapCache(), far];
}

/** Processes on the same stores, each with a clock that may be ahead of the true time, or behind. */
function setUp(caches: Caches, options: Partial<DatastoreOptions> = {}) {
  const backup = new Breakable(memoryBackup());
  const time = manualClock();
  const open = (ahead = 0, others: Partial<DatastoreOptions> = {}): Datastore =>
    new Datastore({ cache: caches(), backup: backup.adapter, clock: { now: () => time.now() + ahead }, ...options, ...others });
  /** By then every process knows of a mark, whether it hears or not. */
  const elapse = async (ms = 5 * SECOND): Promise<void> => {
    time.advance(ms);
    await turn();
  };
  return { backup, time, open, elapse };
}

/** A loader of 1, 2, 3 … */
function counting() {
  let count = 0;
  return vi.fn(() => ++count);
}

describe.each(fleets)("with %s", (_, makeCaches) => {
  it("expireTag makes what has the tag no longer fresh, in every process, and nothing else", async () => {
    const { open, elapse } = setUp(makeCaches());
    const [one, other] = [open(), open()];
    for (const process of [one, other]) {
      await process.get("profile", () => "old profile", { ttl: "1h", tags: ["user:7", "profiles"] });
      await process.get("posts", () => "old posts", { ttl: "1h", tags: ["user:7"] });
      await process.get("news", () => "old news", { ttl: "1h", tags: ["user:8"] });
      await process.get("untagged", () => "old", "1h");
    }
    await elapse(1);
    await one.expireTag("user:7");
    await elapse();
    expect(await one.get("profile", () => "new profile", { ttl: "1h", tags: ["user:7", "profiles"] })).toBe("new profile");
    expect(["new profile", "newer"]).toContain(await other.get("profile", () => "newer", { ttl: "1h", tags: ["user:7", "profiles"] }));
    for (const process of [one, other]) {
      expect(await process.get("posts", () => "new posts", { ttl: "1h", tags: ["user:7"] })).toBe("new posts");
      expect(await process.get("news", failing(), { ttl: "1h", tags: ["user:8"] })).toBe("old news");
      expect(await process.get("untagged", failing(), "1h")).toBe("old");
    }
  });

  it("what is loaded after a mark is fresh, and stays so", async () => {
    const { open, elapse } = setUp(makeCaches());
    const [one, other] = [open(), open()];
    const load = counting();
    const options = { ttl: "1h", tags: ["tag"] } as const;
    await one.get("key", load, options);
    await one.expireTag("tag");
    await elapse(1);
    expect(await one.get("key", load, options)).toBe(2);
    for (let n = 0; n < 3; n++) {
      await elapse();
      expect(await one.get("key", load, options)).toBe(2);
      expect(await other.get("key", () => 2, options)).toBe(2);
    }
    expect(load).toHaveBeenCalledTimes(2);
  });

  it("a backup of before the mark stands in, and is cached for half the ttl", async () => {
    const { open, elapse } = setUp(makeCaches());
    const [one, other] = [open(), open()];
    const options = { ttl: "1h", tags: ["tag"] } as const;
    await one.get("key", () => "good", options);
    await elapse(1);
    await one.expireTag("tag");
    await elapse();
    const load = vi.fn(failing());
    for (let n = 0; n < 3; n++) expect(await one.getResult("key", load, options)).toMatchObject({ value: "good", stale: true });
    expect(load).toHaveBeenCalledTimes(1);
    await elapse(29 * MINUTE);
    expect(await one.getResult("key", load, options)).toMatchObject({ value: "good", source: "cache", stale: true });
    expect(load).toHaveBeenCalledTimes(1);
    expect(await other.getResult("key", failing(), options)).toMatchObject({ value: "good", stale: true });
    await elapse(2 * MINUTE);
    await one.get("key", load, options);
    expect(load).toHaveBeenCalledTimes(2);
  });

  it("a second mark makes a backup that stands in no longer an answer of the cache", async () => {
    const { open, elapse } = setUp(makeCaches());
    const datastore = open();
    const options = { ttl: "1h", tags: ["tag"] } as const;
    await datastore.get("key", () => "good", options);
    await datastore.expireTag("tag");
    await datastore.get("key", failing(), options);
    await elapse(1);
    await datastore.expireTag("tag");
    expect(await datastore.get("key", () => "new", options)).toBe("new");
  });

  it("a process that has just learned that a tag was not deleted lets no backup stand in after a deletion", async () => {
    const { open, elapse } = setUp(makeCaches());
    const [one, other] = [open(), open()];
    const addTag = (context: LoadContext): string => (context.setTags(["tag"]), "gone");
    await one.get("key", addTag, "1h");
    await elapse(2 * HOUR);
    await other.get("key", failing(), "1h");
    await elapse(1);
    await one.deleteTag("tag");
    await elapse(1);
    await other.get("key", failing(), "1h").catch(() => undefined);
    await elapse();
    expect(await other.get("key", () => "new", "1h")).toBe("new");
  });

  it("who hears of a deletion while it is set lets no backup stand in once it is over", async () => {
    const { open, elapse, backup } = setUp(makeCaches());
    const [one, other] = [open(), open()];
    const addTag = (context: LoadContext): string => (context.setTags(["tag"]), "gone");
    await one.get("key", addTag, "1h");
    await elapse(2 * HOUR);
    await other.get("key", failing(), "1h");
    await elapse();
    let writes = 0;
    backup.fails("write", async (real) => {
      if (++writes === 2) await other.get("key", failing(), "1h").catch(() => undefined); // one of the two marks is set
      return real();
    });
    await one.deleteTag("tag");
    expect(writes).toBeGreaterThan(1);
    await elapse();
    expect(await other.get("key", () => "new", "1h")).toBe("new");
  });

  it("after deleteTag no backup of before stands in, in any process, and what is loaded later does", async () => {
    const { open, elapse } = setUp(makeCaches());
    const [one, other] = [open(), open()];
    const options = { ttl: "1h", tags: ["tag"] } as const;
    await one.get("key", () => "gone", options);
    await other.get("key", () => "gone", options);
    await elapse(1);
    await one.deleteTag("tag");
    await elapse();
    for (const process of [one, other, open()]) {
      expect(await rejectionOf(process.get("key", failing("down"), options))).toBe("down");
      expect(await process.peekBackup("key")).toBeUndefined();
      expect(await process.peek("key")).toBeUndefined();
    }
    await other.get("key", () => "new", options);
    await elapse(2 * HOUR);
    for (const process of [one, other, open()]) expect(await process.get("key", failing(), options)).toBe("new");
  });

  it("a namespace expires as a whole, with those within it, and no other", async () => {
    const { open, elapse } = setUp(makeCaches());
    const [one, other] = [open(), open()];
    const spaces = (datastore: Datastore) => [datastore.namespace("a"), datastore.namespace("a").namespace("in"), datastore.namespace("b"), datastore] as const;
    for (const process of [one, other]) for (const space of spaces(process)) await space.get("key", () => "old", "1h");
    await elapse(1);
    await one.namespace("a").expire();
    await elapse();
    for (const process of [one, other]) {
      const [a, within, b, root] = spaces(process);
      for (const space of [a, within]) expect(await space.get("key", () => "new", "1h")).toBe("new");
      for (const space of [b, root]) expect(await space.get("key", failing(), "1h")).toBe("old");
    }
    for (const space of spaces(one)) expect(await space.get("key", failing(), "1h")).toBeDefined();
  });

  it("marks outlive all processes and all caches", async () => {
    const { open, elapse, backup, time } = setUp(makeCaches());
    const options = { ttl: "1h", tags: ["tag"] } as const;
    const one = open();
    await one.get("key", () => "old", options);
    await one.expireTag("tag");
    await elapse();
    const restarted = new Datastore({ cache: mapCache(), backup: backup.adapter, clock: time });
    expect(await restarted.get("key", () => "new", options)).toBe("new");
    expect(await restarted.get("key", failing(), options)).toBe("new");
    await one.deleteTag("tag");
    await elapse();
    expect(await new Datastore({ cache: mapCache(), backup: backup.adapter, clock: time }).peekBackup("key")).toBeUndefined();
  });

  it("clocks that differ by minutes decide nothing", async () => {
    for (const [markers, readers] of [[3 * MINUTE, 0], [0, 3 * MINUTE], [-3 * MINUTE, 3 * MINUTE], [3 * MINUTE, -3 * MINUTE]] as const) {
      const { open, elapse } = setUp(makeCaches());
      const [marker, reader] = [open(markers), open(readers)];
      const load = counting();
      const options = { ttl: "1h", tags: ["tag"] } as const;
      await marker.get("other", () => "any", options);
      await reader.get("key", load, options);
      await elapse(SECOND);
      for (const expected of [2, 3]) {
        await marker.expireTag("tag");
        await elapse();
        expect(await reader.get("key", load, options)).toBe(expected);
        await elapse();
        expect(await reader.get("key", load, options)).toBe(expected);
      }
    }
  });

  it("a load that was under way when the mark was set is no longer fresh, and answers nobody who asks after the mark", async () => {
    const { open, elapse } = setUp(makeCaches());
    const datastore = open();
    const loading = gate<string>();
    const options = { ttl: "1h", tags: ["tag"] } as const;
    const early = datastore.get("key", () => loading.promise, options);
    await turn();
    await elapse(1);
    await datastore.expireTag("tag");
    const late = datastore.get("key", () => "new", options);
    expect(await late).toBe("new");
    loading.open("old");
    expect(await early).toBe("old");
    await elapse(1);
    expect(await datastore.get("key", () => "newer", options)).not.toBe("old");
  });

  it("a value that was set has its tags", async () => {
    const { open, elapse } = setUp(makeCaches());
    const datastore = open();
    await datastore.set("key", "set", { ttl: "1h", tags: ["tag"] });
    expect(await datastore.get("key", failing())).toBe("set");
    await elapse(1);
    await datastore.expireTag("tag");
    expect(await datastore.get("key", () => "loaded", { ttl: "1h", tags: ["tag"] })).toBe("loaded");
    await elapse(1);
    await datastore.set("key", "set again", { ttl: "1h", tags: ["tag"] });
    await elapse();
    expect(await datastore.get("key", failing())).toBe("set again");
  });

  it("a set is not overtaken by a change that was asked for later, though it has to look for marks first", async () => {
    const { open, elapse } = setUp(makeCaches());
    const options = { ttl: "1h", tags: ["tag"] } as const;
    const changes = {
      delete: (datastore: Datastore) => datastore.namespace("feeds").delete("key"),
      set: (datastore: Datastore) => datastore.namespace("feeds").set("key", "later", options),
    };
    for (const [name, change] of Object.entries(changes)) {
      const datastore = open();
      await Promise.all([datastore.namespace("feeds").set("key", "set", options), change(datastore)]);
      await elapse(1);
      const answer = await datastore.namespace("feeds").get("key", () => "loaded", options);
      expect([name, answer]).toEqual([name, name === "set" ? "later" : "loaded"]);
      await elapse();
    }
  });

  it("after a set and a delete right behind it, there is no backup", async () => {
    const { open } = setUp(makeCaches());
    const datastore = open();
    await Promise.all([datastore.set("key", "set", { tags: ["tag"] }), datastore.delete("key")]);
    expect(await datastore.peekBackup("key")).toBeUndefined();
    expect(await open().peekBackup("key")).toBeUndefined();
  });

  it("a loader adds tags that only the value tells, and they go with the value", async () => {
    const { open, elapse } = setUp(makeCaches());
    const datastore = open();
    const loader = vi.fn(({ setTags }: LoadContext) => {
      setTags(["author:3"]);
      return loader.mock.calls.length;
    });
    for (const [tag, expected] of [["author:3", 2], ["article", 3]] as const) {
      await datastore.get("key", loader, { ttl: "1h", tags: ["article"] });
      await elapse(1);
      await datastore.expireTag(tag);
      await elapse();
      expect(await datastore.get("key", loader, { ttl: "1h", tags: ["article"] })).toBe(expected);
      expect(await datastore.get("key", loader, { ttl: "1h", tags: ["article"] })).toBe(expected);
    }
  });

  it("a value that is still valid after a mark is fresh again, and keeps the tags of its loader", async () => {
    const { open, elapse } = setUp(makeCaches());
    const datastore = open();
    await datastore.get("key", ({ setTags }) => (setTags(["tag"]), "value"), "1h");
    for (let n = 0; n < 2; n++) {
      await elapse();
      await datastore.expireTag("tag");
      await elapse();
      const renew = vi.fn(({ notModified }: LoadContext) => notModified());
      expect(await datastore.getResult("key", renew, "1h")).toMatchObject({ value: "value", stale: false });
      expect(await datastore.getResult("key", renew, "1h")).toMatchObject({ value: "value", source: "cache" });
      expect(renew).toHaveBeenCalledTimes(1);
    }
  });

  it("one mark is for each of many keys, and each has tags of its own", async () => {
    const { open, elapse } = setUp(makeCaches());
    const datastore = open();
    const keys = ["1", "2", "3"];
    const load = vi.fn((ids: readonly string[], { of }: LoadManyContext) => {
      for (const id of ids) of(id).setTags([`user:${id}`]);
      return ids.map((id) => `${id} in call ${load.mock.calls.length}`);
    });
    await datastore.getMany(keys, load, { ttl: "1h", tags: ["users"] });
    await elapse();
    await datastore.expireTag("user:2");
    await elapse();
    expect(await datastore.getMany(keys, load, { ttl: "1h", tags: ["users"] })).toEqual(["1 in call 1", "2 in call 2", "3 in call 1"]);
    await datastore.expireTag("users");
    await elapse();
    expect(await datastore.getMany(keys, load, { ttl: "1h", tags: ["users"] })).toEqual(keys.map((key) => `${key} in call 3`));
  });

  it("an encrypted store keeps marks as well", async () => {
    const codec = encryptedCodec({ keys: [{ id: "one", secret: new Uint8Array(32).fill(7) }] });
    const { open, elapse } = setUp(makeCaches(), { codec });
    const options = { ttl: "1h", tags: ["tag"] } as const;
    const datastore = open();
    await datastore.get("key", () => "old", options);
    await datastore.deleteTag("tag");
    await elapse();
    expect(await rejectionOf(open().get("key", failing("down"), options))).toBe("down");
    expect(await open().get("key", () => "new", options)).toBe("new");
  });
});

describe("a mark", () => {
  const options = { ttl: "1h", tags: ["tag"] } as const;

  it("costs nothing where a value has no tag and no namespace", async () => {
    const far = new Breakable(comparingCache());
    const { open, backup } = setUp(sharing(far.adapter));
    const datastore = open();
    await datastore.get("key", () => "value");
    await datastore.get("key", failing());
    expect(far.count("get")).toBe(2);
    expect(backup.count("read")).toBe(0);
  });

  it("is read in the same round trip as the copy, where each read is one", async () => {
    const far = new Breakable<ByteCacheAdapter>(withMany(comparingCache()));
    const { open } = setUp(sharing(far.adapter));
    const feeds = open().namespace("feeds");
    await feeds.get("key", () => "value", options);
    far.calls.length = 0;
    for (let n = 0; n < 3; n++) await feeds.get("key", failing(), options);
    expect(far.calls.map(({ operation }) => operation)).toEqual(["getMany", "getMany", "getMany"]);
    expect(far.calls[0]?.id).toHaveLength(3);
  });

  it("is read once before a load, where each read is a round trip", async () => {
    const far = new Breakable<ByteCacheAdapter>(withMany(comparingCache()));
    const { open, elapse } = setUp(sharing(far.adapter));
    const datastore = open();
    const load = ({ setTags }: LoadContext): string => (setTags(["tag"]), "value");
    await datastore.get("key", load, MINUTE);
    await elapse(MINUTE);
    await datastore.get("key", load, MINUTE);
    await elapse(MINUTE);
    far.calls.length = 0;
    await datastore.get("key", load, MINUTE);
    expect(far.calls.filter(({ operation }) => operation.startsWith("get")).map(({ id }) => id)).toEqual([idOf("key"), [idOf("\0tag:tag")]]);
  });

  it("that a near cache has costs no round trip while announcements are heard", async () => {
    const far = new Breakable<ByteCacheAdapter>(announcing(new Wire()));
    const { open, elapse } = setUp(nearTo(far.adapter));
    const datastore = open();
    for (let n = 0; n < 3; n++) {
      await datastore.get("key", () => "value", options);
      await elapse(SECOND);
    }
    const asked = far.count("get");
    for (let n = 0; n < 10; n++) await datastore.get("key", failing(), options);
    expect(far.count("get")).toBe(asked);
  });

  it("is heard by other processes at once where the cache announces, and at the latest after nearTtl where announcements are lost", async () => {
    const wire = new Wire();
    const { open, elapse } = setUp(nearTo(announcing(wire)));
    const [one, other] = [open(), open()];
    for (let n = 0; n < 4; n++) {
      for (const process of [one, other]) await process.get("key", () => 0, options);
      await elapse(SECOND);
    }
    await one.expireTag("tag");
    await turn();
    expect(await other.get("key", () => 1, options)).toBe(1);
    await elapse(1);
    for (let n = 0; n < 2; n++) await one.get("key", () => 2, options);
    wire.isDeaf = true;
    await one.expireTag("tag");
    await elapse(5 * SECOND);
    expect(await other.get("key", () => 3, options)).toBe(3);
  });

  it("that cannot be read counts as not set for nearTtl, and that is told", async () => {
    const { open, elapse, backup } = setUp(() => mapCache());
    const [one, other] = [open(), open()];
    await other.get("key", () => "old", options);
    await elapse(1);
    await one.expireTag("tag");
    backup.fails("read", rejects(new Error("the disk is gone")));
    await elapse();
    const failures: unknown[] = [];
    other.on("backupFailed", (event) => void failures.push(event));
    for (let n = 0; n < 3; n++) expect(await other.get("key", failing(), options)).toBe("old");
    expect(failures).toHaveLength(1);
    expect(failures).toMatchObject([{ key: "tag:tag", operation: "read" }]);
    backup.heals();
    await elapse();
    expect(await other.get("key", () => "new", options)).toBe("new");
  });

  it("that cannot be read when a value is loaded does not take the backup of the value, if it was set long before", async () => {
    const { open, elapse, backup } = setUp(() => mapCache());
    await open().deleteTag("tag");
    await elapse(HOUR);
    const datastore = open();
    backup.fails("read", rejects(new Error("the disk is gone")));
    await datastore.get("key", () => "good", options);
    backup.heals();
    await elapse(2 * HOUR);
    expect(await datastore.get("key", failing(), options)).toBe("good");
  });

  it("of a store that hangs holds up a hit no longer than 200 ms, once per nearTtl", async () => {
    const { open, elapse, backup } = setUp(() => mapCache());
    const datastore = open();
    await datastore.get("key", () => "value", options);
    await elapse();
    const stuck = hangs();
    backup.fails("read", stuck);
    holdDeadlines();
    const first = datastore.get("key", failing(), options);
    expect(await isSettled(first)).toBe(false);
    await vi.advanceTimersByTimeAsync(200);
    expect(await first).toBe("value");
    const second = datastore.get("key", failing(), options);
    expect(await isSettled(second)).toBe(true);
    stuck.release();
    expect(await second).toBe("value");
  });

  it("whose record is damaged in the cache is read from the backup, and a damaged backup counts as not set", async () => {
    const far = byteCache();
    const { open, elapse, backup } = setUp(sharing(far));
    const datastore = open();
    await datastore.get("key", () => "old", options);
    await elapse(1);
    await datastore.expireTag("tag");
    for (const [id, bytes] of far.stored) if (id.startsWith("tag-")) far.stored.set(id, bytes.fill(1));
    expect(await datastore.get("key", () => "new", options)).toBe("new");
    await backup.adapter.write("t_" + idOf("\0tag:tag"), new Uint8Array(100), { loadedAt: Date.UTC(2030, 0, 2), usedAt: 0 });
    far.stored.clear();
    expect(await open().get("key", failing(), options)).toBe("new");
  });

  it("that somebody else has forged in an encrypted store does nothing", async () => {
    const far = byteCache();
    const codec = encryptedCodec({ keys: [{ id: "one", secret: new Uint8Array(32).fill(7) }] });
    const { open, elapse, backup, time } = setUp(sharing(far), { codec });
    const datastore = open();
    await datastore.get("key", () => "good", options);
    await elapse(1);
    // Another program, without the encryption key, writes the same marks: it cannot seal them.
    for (const key of ["\0tag:tag", "\0deleted tag:tag"]) {
      const stamp = time.now() + 1;
      const times = { loadedAt: stamp, stamp, filledAt: time.now(), expiresAt: stamp + HOUR };
      far.stored.set(idOf(key), encodeEnvelope({ key, codec: codec.name, stale: false, deleted: false, metadata: undefined, payload: new Uint8Array(), ...times }));
    }
    expect(await datastore.get("key", failing(), options)).toBe("good");
    far.stored.clear();
    expect(await datastore.getResult("key", failing(), options)).toMatchObject({ value: "good", source: "backup" });
    expect(backup.count("read")).toBeGreaterThan(0);
  });

  it("rejects if a store fails, and is set once it has been called again", async () => {
    const cache = new Breakable<CacheAdapter>(comparingCache());
    const { open, elapse, backup } = setUp(sharing(cache.adapter));
    const datastore = open();
    await datastore.get("key", () => "old", options);
    for (const [store, operation] of [[backup, "write"], [cache, "setUnlessNewer"]] as const) {
      await elapse(1);
      store.fails(operation, rejects(new Error("full")));
      expect(await rejectionOf(datastore.expireTag("tag"))).toMatchObject({ code: "STORE_FAILED", message: expect.stringContaining("full") });
      store.heals();
      await datastore.expireTag("tag");
      const loaded = `loaded after ${operation}`;
      expect(await datastore.get("key", () => loaded, options)).toBe(loaded);
    }
  });

  it("is set although the other store fails", async () => {
    const cache = new Breakable<CacheAdapter>(comparingCache());
    const { open, elapse, backup } = setUp(sharing(cache.adapter));
    const datastore = open();
    await datastore.get("key", () => "old", options);
    await elapse(1);
    backup.fails("write", rejects(new Error("full")));
    await rejectionOf(datastore.expireTag("tag"));
    expect(await open().get("key", () => "new", options)).toBe("new");
  });

  it("that many processes set at once is set for all, each time anew", async () => {
    const { open, elapse } = setUp(sharing(comparingCache()));
    const processes = Array.from({ length: 8 }, () => open());
    const [reader = open()] = processes;
    for (let round = 0; round < 5; round++) {
      await reader.get("key", () => round, options);
      await elapse(1);
      await Promise.all(processes.map((process) => process.expireTag("tag")));
      expect(await reader.get("key", () => `round ${round}`, options)).toBe(`round ${round}`);
    }
  });

  it("is no key: no list, peek or clear shows it, and it survives a clear of its namespace", async () => {
    const { open, elapse } = setUp(() => mapCache());
    const datastore = open();
    const feeds = datastore.namespace("feeds");
    await feeds.get("key", () => "old", options);
    await elapse(1);
    await feeds.expire();
    await datastore.deleteTag("tag");
    const listed = await all(datastore.inspect().keys());
    expect(listed.map(({ key }) => key)).toEqual(["feeds\0key"]);
    expect(await feeds.clear()).toEqual({ deleted: 1 });
    expect(await datastore.clear({ confirm: true })).toEqual({ deleted: 0 });
    expect(await datastore.peek("tag:tag")).toBeUndefined();
    expect(await datastore.get("\0tag:tag", () => "a key of the program")).toBe("a key of the program");
    await datastore.expireTag("tag");
    expect(await datastore.get("\0tag:tag", failing())).toBe("a key of the program");
  });

  it("is kept by a cull as long as values ask for it", async () => {
    const { open, elapse, time, backup } = setUp(() => mapCache(), { cullTime: "30d" });
    const datastore = open();
    for (const tag of ["asked for", "forgotten"]) {
      await datastore.get(tag, () => "old", { ttl: "1h", tags: [tag] });
      await elapse(1);
      await datastore.expireTag(tag);
    }
    for (let day = 0; day < 60; day++) {
      time.advance(DAY);
      for (let n = 0; n < 2; n++) await datastore.get("asked for", () => "new", { ttl: "1h", tags: ["asked for"] });
      await turn();
    }
    await datastore.cull({ force: true });
    const has = async (tag: string): Promise<boolean> => (await backup.adapter.read(`t_${idOf(`\0tag:${tag}`)}`)) !== undefined;
    expect([await has("asked for"), await has("forgotten")]).toEqual([true, false]);
  });

  it("is known from the shared cache alone, where each host has a backup of its own, and by a clock that is minutes ahead", async () => {
    const { open } = setUp(sharing(comparingCache()));
    const [marker, reader] = [open(3 * MINUTE, { backup: memoryBackup() }), open(0, { backup: memoryBackup() })];
    await reader.get("key", () => "old", options);
    await marker.expireTag("tag");
    expect(await reader.get("key", () => "new", options)).toBe("new");
  });

  it("set in the cache by a clock that is minutes ahead, where the backup is lost, is set anew above that", async () => {
    const { open } = setUp(sharing(comparingCache()));
    const [ahead, behind] = [open(3 * MINUTE, { backup: memoryBackup() }), open(0, { backup: memoryBackup() })];
    await ahead.expireTag("tag");
    await behind.get("key", () => "old", options);
    await behind.expireTag("tag");
    expect(await behind.get("key", () => "new", options)).toBe("new");
  });

  it("that only the loader named does not outdate what stands in for it, as long as it is not set again", async () => {
    const { open, elapse } = setUp(() => mapCache());
    const before = open();
    await before.expireTag("tag");
    await elapse(SECOND);
    await before.get("key", ({ setTags }) => (setTags(["tag"]), "good"), "1m");
    await elapse(2 * MINUTE);
    const [restarted, load] = [open(), vi.fn(failing())];
    expect(await restarted.get("key", load, "1m")).toBe("good");
    await elapse();
    expect(await restarted.get("key", load, "1m")).toBe("good");
    expect(load).toHaveBeenCalledTimes(1);
  });

  it("does not keep an operator from restoring a record", async () => {
    const { open, elapse, time } = setUp(() => mapCache());
    const datastore = open();
    await datastore.get("key", () => "good", options);
    await elapse(1);
    await datastore.deleteTag("tag");
    await elapse(1);
    const inspector = datastore.inspect();
    const [record] = await inspector.generations("key");
    expect(record).toMatchObject({ value: "good", tags: ["tag"] });
    await inspector.restore("key", record?.stamp ?? 0);
    expect(await datastore.get("key", failing(), options)).toBe("good");
    expect(time.now()).toBeGreaterThan(record?.stamp ?? 0);
  });

  it("may have any name", async () => {
    const { open, elapse } = setUp(sharing(comparingCache()));
    const datastore = open();
    for (const tag of ["__proto__", "\0", "\uD800", "a".repeat(10_000), " ", "tag:tag", "🏷"]) {
      await datastore.get(tag, () => "old", { ttl: "1h", tags: [tag, "toString"] });
      await elapse(1);
      await datastore.expireTag(tag);
      expect(await datastore.get(tag, () => "new", { ttl: "1h", tags: [tag, "toString"] })).toBe("new");
      expect(await datastore.get(tag, failing(), { ttl: "1h", tags: [tag, "toString"] })).toBe("new");
    }
  });
});

describe("tags of a definition", () => {
  it("may depend on its arguments", async () => {
    const { open, elapse } = setUp(() => mapCache());
    const datastore = open();
    const load = counting();
    const user = datastore.define({ key: (id: number) => `user:${id}`, load, ttl: "1h", tags: (id) => [`user:${id}`] });
    await Promise.all([user(1), user(2)]);
    await elapse(1);
    await datastore.expireTag("user:1");
    await Promise.all([user(1), user(2)]);
    expect(load).toHaveBeenCalledTimes(3);
  });

  it("may be always the same", async () => {
    const { open, elapse } = setUp(() => mapCache());
    const datastore = open();
    const load = counting();
    const home = datastore.define({ key: "home", load, ttl: "1h", tags: ["pages"] });
    await home();
    await elapse(1);
    await datastore.expireTag("pages");
    expect(await home()).toBe(2);
  });
});

describe("bad input", () => {
  const datastore = (): Datastore => setUp(() => mapCache()).open();

  it.each([
    ["user:7", TypeError, 'must be a list of strings, such as ["user:7"]; got "user:7"'],
    [[7], TypeError, '[0] must be a string such as "user:7"; got 7'],
    [["a", ""], RangeError, '[1] must be a string with something in it; got ""'],
    [null, TypeError, "must be a list of strings"],
    [new Set(["a"]), TypeError, "must be a list of strings"],
  ])("tags that are %j are refused by name", async (tags, kind, message) => {
    const given = { tags: tags as never };
    for (const [call, name] of [
      [() => datastore().get("key", () => 1, given), "get: tags"],
      [() => datastore().set("key", 1, given), "set: tags"],
      [() => datastore().getMany(["key"], () => [1], given), "getMany: tags"],
      [async () => datastore().define({ key: "key", load: () => 1, ...given }), "define: tags"],
      [() => datastore().get("key", ({ setTags }) => setTags(given.tags)), "setTags: tags"],
    ] as const) {
      const error = await rejectionOf(call());
      expect(error).toBeInstanceOf(kind);
      expect(String(error)).toContain(`${name}${message.startsWith("[") ? "" : " "}${message}`);
    }
  });

  it.each([[undefined], [""], [7], [["tag"]]])("a tag that is %j is refused by name", async (tag) => {
    for (const call of ["expireTag", "deleteTag"] as const) expect(String(await rejectionOf(datastore()[call](tag as never)))).toContain(`${call}: tag must be a string`);
  });

  it("expire of a namespace with a key that is undefined is refused, and expires nothing", async () => {
    const feeds = datastore().namespace("feeds");
    await feeds.get("key", () => "value");
    expect(await rejectionOf(feeds.expire(undefined))).toBeInstanceOf(TypeError);
    expect(await feeds.get("key", failing())).toBe("value");
  });

  it("a closed datastore refuses marks", async () => {
    const closed = datastore();
    await closed.close();
    for (const call of [() => closed.expireTag("tag"), () => closed.deleteTag("tag"), () => closed.namespace("feeds").expire()]) {
      expect(await rejectionOf(call())).toMatchObject({ code: "CLOSED" });
    }
  });
});

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** With a call for many ids. */
function withMany(cache: ByteCacheAdapter): ByteCacheAdapter {
  return { ...cache, getMany: (ids, call) => Promise.all(ids.map((id) => cache.get(id, call))) };
}
