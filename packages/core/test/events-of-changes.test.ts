import { describe, expect, it } from "vitest";
import { MINUTE, rejectionOf, setUp } from "./support/setting.ts";
import { byteCache, mapCache, throws } from "./support/stores.ts";

describe.each([
  ["a cache of values", mapCache],
  ["a cache of bytes", byteCache],
] as const)("what a program says of a key, with %s,", (_, makeCache) => {
  it("an event of a change is told once the stores have taken it, and not if one of them failed", async () => {
    const { datastore, cache, start, clock } = setUp({ cache: makeCache(), name: "feeds" });
    const told: object[] = [];
    for (const name of ["set", "expired", "deleted"] as const) datastore.on(name, (event) => told.push({ event: name, ...event }));
    await datastore.namespace("n").set("key", "value");
    await datastore.expire("key");
    await datastore.delete("key");
    const all = [
      { event: "set", key: "n\0key", loadedAt: start, name: "feeds" },
      { event: "expired", key: "key", name: "feeds" },
      { event: "deleted", key: "key", name: "feeds" },
    ];
    expect(told).toEqual(all);
    cache.failsAt(["get", "set", "delete"], throws());
    await rejectionOf(datastore.set("key", "value"));
    await rejectionOf(datastore.expire("key"));
    await rejectionOf(datastore.delete("key"));
    clock.advance(10 * MINUTE);
    expect(told).toEqual(all);
  });
});
