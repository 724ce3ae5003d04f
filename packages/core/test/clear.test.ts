import { describe, expect, it } from "vitest";
import { gate } from "./support/gate.ts";
import { failing, idOf, rejectionOf, setUp } from "./support/setting.ts";
import { byteCache, throws } from "./support/stores.ts";

describe("clear", () => {
  it("clear of a namespace deletes its keys and those of namespaces within it, and no others", async () => {
    const { datastore, another } = setUp({ cache: byteCache() });
    const inside = datastore.namespace("n");
    await inside.set("a", 1);
    await inside.set("\0b", 2);
    await inside.namespace("m").set("c", 3);
    await datastore.set("n", 4);
    await datastore.set("n\0a", 5);
    await datastore.set("n\0\0a", 6);
    await datastore.namespace("nn").set("a", 7);
    expect(await inside.clear()).toEqual({ deleted: 3 });
    for (const store of [datastore, another()]) {
      const cleared = store.namespace("n");
      expect(await Promise.all([cleared.peek("a"), cleared.peek("\0b"), cleared.namespace("m").peek("c")])).toEqual([undefined, undefined, undefined]);
      const kept = [store.peek("n"), store.peek("n\0a"), store.peek("n\0\0a"), store.namespace("nn").peek("a")];
      expect((await Promise.all(kept)).map((result) => result?.value)).toEqual([4, 5, 6, 7]);
    }
  });

  it("clear of a datastore deletes every key, in every namespace, cached copies and backups", async () => {
    const { datastore, another } = setUp();
    for (let n = 0; n < 50; n++) await datastore.set(`key ${n}`, n);
    await datastore.namespace("n").set("a", 1);
    expect(await datastore.clear({ confirm: true })).toEqual({ deleted: 51 });
    expect(await another().peek("key 7")).toBeUndefined();
    expect(await datastore.namespace("n").peek("a")).toBeUndefined();
    expect(await datastore.clear({ confirm: true })).toEqual({ deleted: 0 });
  });

  it.each([[undefined], [{}], [{ confirm: false }], [{ confirm: "yes" }], [{ confirmed: true }]])("clear of a datastore with %j is refused, and nothing is deleted", async (options) => {
    const { datastore } = setUp();
    await datastore.set("key", "value");
    const error = await rejectionOf(datastore.clear(options as unknown as { confirm: true })); // what a program in JavaScript may pass
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toContain("confirm");
    expect(await datastore.get("key", failing())).toBe("value");
  });

  it("a load that runs answers its caller, and keeps nothing", async () => {
    const { datastore, another } = setUp();
    const source = gate<string>();
    const got = datastore.namespace("n").get("key", () => source.promise);
    await datastore.namespace("n").clear();
    source.open("late");
    expect(await got).toBe("late");
    await datastore.flush();
    expect(await another().namespace("n").peek("key")).toBeUndefined();
  });

  it("a value that no backup can keep goes too, and is no longer called unprotected", async () => {
    const { datastore } = setUp();
    await datastore.get("key", () => ({ fn: () => 1 }));
    await datastore.clear({ confirm: true });
    expect(datastore.health().unprotected).toEqual([]);
    expect(await datastore.peek("key")).toBeUndefined();
  });

  it("an outage of a deleted key is over, for other processes too", async () => {
    const { datastore, clock, another } = setUp();
    await datastore.get("key", () => "good", "1m");
    clock.advance(60_000);
    await datastore.get("key", failing(), "1m");
    await datastore.clear({ confirm: true });
    expect(datastore.health().fallback).toEqual([]);
    const listed = [];
    for await (const outage of another().outages()) listed.push(outage);
    expect(listed).toEqual([]);
  });

  it("clear goes on past a key that cannot be deleted, says how many there are, and can be called again", async () => {
    const { datastore, backup } = setUp();
    for (const key of ["a", "b", "c"]) await datastore.set(key, key);
    backup.fails("delete", (real) => (backup.calls.at(-1)?.id === idOf("b") ? Promise.reject(new Error("busy")) : real()));
    expect(await rejectionOf(datastore.clear({ confirm: true }))).toMatchObject({ code: "STORE_FAILED", message: expect.stringContaining("1 keys could not be deleted, 2 were") as string });
    backup.heals();
    expect(await datastore.clear({ confirm: true })).toEqual({ deleted: 1 });
  });

  it("clear rejects if the backup cannot be listed", async () => {
    const { datastore, backup } = setUp();
    backup.fails("list", throws());
    await expect(datastore.clear({ confirm: true })).rejects.toMatchObject({ code: "STORE_FAILED", operation: "list" });
  });

  it("clear is refused once the datastore has been closed", async () => {
    const { datastore } = setUp();
    const namespace = datastore.namespace("n");
    await datastore.close();
    await expect(namespace.clear()).rejects.toMatchObject({ code: "CLOSED" });
    await expect(datastore.clear({ confirm: true })).rejects.toMatchObject({ code: "CLOSED" });
  });
});
