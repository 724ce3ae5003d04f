import { describe, expect, it, vi } from "vitest";
import { failing, MINUTE, rejectionOf, setUp } from "./support/setting.ts";
import { mapCache } from "./support/stores.ts";

describe("a namespace", () => {
  it("a namespace has the same stores, and keys of its own", async () => {
    const { datastore, another } = setUp();
    const feeds = datastore.namespace("feeds");
    await datastore.get("a", () => "the datastore's");
    expect(await feeds.get("a", () => "the namespace's")).toBe("the namespace's");
    expect(await datastore.get("a", failing())).toBe("the datastore's");
    expect(await feeds.getResult("a", failing())).toMatchObject({ value: "the namespace's", source: "cache" });
    const elsewhere = another({ cache: mapCache() });
    expect(await elsewhere.namespace("feeds").getResult("a", failing())).toMatchObject({ value: "the namespace's", source: "backup", stale: true });
    expect(await elsewhere.namespace("other").peekBackup("a")).toBeUndefined();
  });

  it("expires, deletes, sets and peeks at its own keys and no others", async () => {
    const { datastore } = setUp();
    const feeds = datastore.namespace("feeds");
    await datastore.set("a", "the datastore's");
    await feeds.set("a", "the namespace's");
    expect(await feeds.peekBackup("a")).toMatchObject({ value: "the namespace's" });
    const load = vi.fn(() => "loaded");
    await feeds.expire("a");
    await feeds.get("a", load);
    expect(load).toHaveBeenCalledTimes(1);
    await feeds.delete("a");
    expect(await feeds.peekBackup("a")).toBeUndefined();
    expect(await datastore.getResult("a", failing())).toMatchObject({ value: "the datastore's", source: "cache" });
    expect(await datastore.peekBackup("a")).toMatchObject({ value: "the datastore's" });
  });

  it("a namespace may lie within another, and no two that differ share a key", async () => {
    const { datastore } = setUp();
    const places = [
      datastore,
      datastore.namespace("a"),
      datastore.namespace("b"),
      datastore.namespace("ab"),
      datastore.namespace("a").namespace("b"),
      datastore.namespace("b").namespace("a"),
      datastore.namespace("a").namespace("b").namespace("b"),
    ];
    for (const [n, place] of places.entries()) for (const key of ["", "a", "b", "b:a"]) await place.set(key, `${n} ${key}`);
    for (const [n, place] of places.entries()) for (const key of ["", "a", "b", "b:a"]) expect(await place.get(key, failing())).toBe(`${n} ${key}`);
  });

  it("a namespace is the same one under the same name, also in another process", async () => {
    const { datastore, another } = setUp();
    await datastore.namespace("a").namespace("b").set("key", "good");
    expect(await another({ cache: mapCache() }).namespace("a").namespace("b").get("key", failing())).toBe("good");
  });

  it("a namespace takes the options of the datastore, and those of each get", async () => {
    const { datastore, clock } = setUp({ ttl: "1h" });
    const feeds = datastore.namespace("feeds");
    await feeds.get("long", () => "good");
    await feeds.get("short", () => "good", "1m");
    clock.advance(MINUTE);
    expect(await feeds.getResult("long", failing())).toMatchObject({ source: "cache" });
    expect(await feeds.getResult("short", failing())).toMatchObject({ source: "backup" });
  });

  it("hands its loaders the whole key, which events and health() show as well", async () => {
    const { datastore, told, clock } = setUp();
    const loader = vi.fn(({ key }: { readonly key: string }) => key);
    expect(await datastore.namespace("feeds").get("a", loader, "1m")).toBe("feeds\0a");
    expect(told.of("loaded")).toMatchObject([{ key: "feeds\0a" }]);
    clock.advance(MINUTE);
    await datastore.namespace("feeds").get("a", failing());
    expect(datastore.health().fallback).toMatchObject([{ key: "feeds\0a" }]);
  });

  it("a namespace makes definitions of its own", async () => {
    const { datastore } = setUp();
    const define = (place: Pick<typeof datastore, "define">, value: string) => place.define({ key: (id: number) => `user:${id}`, load: (id: number) => `${value} ${id}` });
    const inner = define(datastore.namespace("inner"), "inner");
    const outer = define(datastore, "outer");
    expect([await inner(7), await outer(7)]).toEqual(["inner 7", "outer 7"]);
    await inner.delete(7);
    expect(await inner.peekBackup(7)).toBeUndefined();
    expect(await outer.peekBackup(7)).toMatchObject({ value: "outer 7" });
  });

  it("a namespace is refused without a name, with one that is no string, and with one that would let two meet", () => {
    const { datastore } = setUp();
    for (const name of [undefined, null, 7, {}]) expect(() => datastore.namespace(name as never)).toThrow(TypeError); // a mistake of a program in JavaScript
    for (const name of ["", "\0", "a\0b"]) expect(() => datastore.namespace(name)).toThrow(RangeError);
    expect(() => datastore.namespace("a").namespace("")).toThrow(/namespace/);
  });

  it("a namespace refuses a key that is no string, as the datastore does", async () => {
    const { datastore } = setUp();
    const error = await rejectionOf(datastore.namespace("a").get(7 as never, () => 1)); // as above
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toContain("key must be a string");
  });

  it("a namespace of a closed datastore is closed", async () => {
    const { datastore } = setUp();
    const feeds = datastore.namespace("feeds");
    await datastore.close();
    expect(await rejectionOf(feeds.get("a", () => 1))).toMatchObject({ code: "CLOSED" });
  });

  it("no key of the datastore reads, sets or deletes a value of a namespace, however it is spelled", async () => {
    const { datastore } = setUp();
    const places = [datastore, datastore.namespace("n"), datastore.namespace("n").namespace("m"), datastore.namespace("m")];
    const keys = ["k", "n\0k", "\0k", "\0\0k", "m\0k", "m\0\0k", "n\0m\0k", "n\0\0m\0k", "n\0", "\0", "", "k\0", "k\0\0"];
    for (const [place, where] of places.entries()) for (const key of keys) await where.set(key, `${place} ${JSON.stringify(key)}`, "1h");
    for (const [place, where] of places.entries()) {
      for (const key of keys) expect(await where.peekBackup(key)).toMatchObject({ value: `${place} ${JSON.stringify(key)}` });
    }
    await datastore.delete("n\0k");
    expect(await datastore.namespace("n").get("k", failing())).toBe('1 "k"');
  });

  it("a key that contains the separator of namespaces is shown as the program wrote it", async () => {
    const { datastore, told } = setUp();
    const loader = vi.fn(({ key }: { readonly key: string }) => key);
    expect(await datastore.get("a\0\0b", loader, 0)).toBe("a\0\0b");
    expect(told.of("loaded")).toMatchObject([{ key: "a\0\0b" }]);
    await datastore.get("a\0\0b", failing(), 0);
    expect(datastore.health().fallback).toMatchObject([{ key: "a\0\0b" }]);
  });
});
