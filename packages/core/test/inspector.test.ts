import { describe, expect, it } from "vitest";
import { rejectionOf, failing, MINUTE, setUp } from "./support/setting.ts";

async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe("inspect()", () => {
  it("keys() has every key of the backup with its newest record, and neither outages nor deletions", async () => {
    const { datastore, clock, start } = setUp();
    await datastore.get("a", () => "one", "1m");
    await datastore.namespace("n").get("k", () => "two", "1m");
    await datastore.get("gone", () => "three");
    await datastore.delete("gone");
    clock.advance(2 * MINUTE);
    await datastore.get("a", failing(), "1m");
    const keys = await collected(datastore.inspect().keys());
    expect(keys.toSorted((one, other) => one.key.localeCompare(other.key))).toMatchObject([
      { key: "a", ref: "a", loadedAt: start, size: expect.any(Number) },
      { key: "n\0k", ref: "n\0k" },
    ]);
  });

  it("a key with U+0000 and the key of a namespace look alike to people, and have refs of their own", async () => {
    const { datastore } = setUp();
    await datastore.set("n\0k", "of no namespace");
    await datastore.namespace("n").set("k", "of a namespace");
    const inspector = datastore.inspect();
    const keys = await collected(inspector.keys());
    expect(keys.map(({ key }) => key)).toEqual(["n\0k", "n\0k"]);
    const values = await Promise.all(keys.map(async ({ ref }) => (await inspector.generations(ref))[0]?.value));
    expect(values.toSorted()).toEqual(["of a namespace", "of no namespace"]);
  });

  it("one record that cannot be read does not hide the other keys", async () => {
    const { datastore, backup } = setUp();
    for (const key of ["a", "b", "c"]) await datastore.set(key, key);
    let reads = 0;
    backup.fails("read", (real) => {
      if (++reads === 2) throw new Error("bad sector");
      return real();
    });
    expect((await collected(datastore.inspect().keys())).map(({ key }) => key)).toEqual(["a", "c"]);
  });

  it("generations() has the records of a key, the newest first, each with its value and its own age", async () => {
    const { datastore, clock, start } = setUp();
    await datastore.get("key", ({ setMeta }) => (setMeta({ etag: "1" }), "old"), "1m");
    clock.advance(2 * MINUTE);
    await datastore.get("key", () => "new", "1m");
    expect(await datastore.inspect().generations("key")).toMatchObject([
      { stamp: start + 2 * MINUTE, loadedAt: start + 2 * MINUTE, value: "new", deleted: false, problem: undefined },
      { stamp: start, loadedAt: start, value: "old", metadata: { etag: "1" } },
    ]);
    expect(await datastore.inspect().generations("none")).toEqual([]);
  });

  it("a record that is damaged says why it cannot be read", async () => {
    const { datastore, backup } = setUp();
    await datastore.set("key", "value");
    backup.fails("read", (real) => {
      const record = real() as { bytes: Uint8Array } | undefined;
      if (record) record.bytes[40] = 255 - (record.bytes[40] ?? 0);
      return record;
    });
    expect(await datastore.inspect().generations("key")).toMatchObject([{ problem: "damaged", value: undefined }]);
  });

  it("restore() makes the older record the last good value again, with its own age, in cache and backup", async () => {
    const { datastore, clock, start } = setUp();
    await datastore.get("key", ({ setMeta }) => (setMeta({ etag: "1" }), "good"), "1m");
    clock.advance(2 * MINUTE);
    await datastore.get("key", () => "bad", "1h");
    await datastore.inspect().restore("key", start);
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "good", loadedAt: start, metadata: { etag: "1" } });
    const fallenBack = await datastore.getResult("key", failing(), "1m");
    expect(fallenBack).toMatchObject({ value: "good", source: "backup", age: 2 * MINUTE });
  });

  it("restore() beats a load that is under way", async () => {
    const { datastore, clock, start } = setUp();
    await datastore.get("key", () => "good", "1m");
    clock.advance(2 * MINUTE);
    let finish = (_value: string): void => {};
    const loading = datastore.get("key", () => new Promise<string>((resolve) => (finish = resolve)), "1m");
    await new Promise(setImmediate);
    await datastore.inspect().restore("key", start);
    finish("late");
    expect(await loading).toBe("late");
    expect((await datastore.peekBackup("key"))?.value).toBe("good");
  });

  it.each([5, Number.NaN])("restore() refuses the stamp %d, which no record has, and changes nothing", async (stamp) => {
    const { datastore } = setUp();
    await datastore.set("key", "value");
    expect(await rejectionOf(datastore.inspect().restore("key", stamp))).toBeInstanceOf(RangeError);
    expect(await datastore.inspect().generations("key")).toHaveLength(1);
  });

  it("fallback() has the keys of health(), each with its ref", async () => {
    const { datastore, clock } = setUp();
    await datastore.get("a\0b", () => "value", "1m");
    clock.advance(2 * MINUTE);
    await datastore.get("a\0b", failing(), "1m");
    expect(datastore.inspect().fallback()).toMatchObject([{ key: "a\0b", ref: "a\0\0b", failures: 1 }]);
    expect(JSON.parse(JSON.stringify(datastore.inspect().fallback()[0]))).toMatchObject({ error: { message: "the source is down" } });
  });

  it("expire() and delete() are those of the datastore, by ref", async () => {
    const { datastore } = setUp();
    const names = datastore.namespace("n");
    await names.get("k", () => "one");
    await datastore.inspect().expire("n\0k");
    expect(await names.get("k", () => "two")).toBe("two");
    await datastore.inspect().delete("n\0k");
    expect(await names.peekBackup("k")).toBeUndefined();
  });

  it("a closed datastore says so, and is not inspected any more", async () => {
    const { datastore } = setUp();
    const inspector = datastore.inspect();
    expect(inspector.isClosed).toBe(false);
    await datastore.close();
    expect(inspector.isClosed).toBe(true);
    expect(await rejectionOf(collected(inspector.keys()))).toMatchObject({ code: "CLOSED" });
    expect(await rejectionOf(inspector.generations("key"))).toMatchObject({ code: "CLOSED" });
  });
});
