import { describe, expect, it } from "vitest";
import type { Loader } from "../src/index.ts";
import { gate } from "./support/gate.ts";
import { failing, MINUTE, type Setting, setUp } from "./support/setting.ts";
import { byteCache, comparingCache, mapCache, throws } from "./support/stores.ts";

const CACHES = [
  ["a memory cache", mapCache],
  ["a shared cache", byteCache],
  ["a shared cache that compares stamps", comparingCache],
] as const;

const vouch: Loader<string> = ({ notModified }) => notModified();

/** A key whose copy has expired, and a process whose load of it is about to fail. */
async function aboutToFallBack(cache: () => ReturnType<typeof mapCache> | ReturnType<typeof byteCache>): Promise<Setting & { readonly fail: () => Promise<unknown> }> {
  const setting = setUp({ cache: cache() });
  const { datastore, another, clock } = setting;
  await datastore.get("key", () => "good", "5m");
  clock.advance(6 * MINUTE);
  const held = gate<string>();
  const late = another().getResult("key", () => held.promise, "5m");
  const fail = async (): Promise<unknown> => {
    held.fail(new Error("down"));
    return late;
  };
  return { ...setting, fail };
}

describe.each(CACHES)("A fallback that comes late to %s", (_, makeCache) => {
  it("a late fallback leaves the fresh copy of the same value, which another process has renewed meanwhile", async () => {
    const { datastore, another, fail } = await aboutToFallBack(makeCache);
    await datastore.get("key", vouch, "5m");
    expect(await fail()).toMatchObject({ value: "good", source: "backup", stale: true });
    expect(await another().getResult("key", failing())).toMatchObject({ value: "good", source: "cache", stale: false });
  });

  it("a late fallback is cached in the place of an expired copy of the same value", async () => {
    const { another, fail } = await aboutToFallBack(makeCache);
    await fail();
    expect(await another().getResult("key", failing())).toMatchObject({ value: "good", source: "cache", stale: true });
  });

  it("a late fallback is cached in the place of another one that has stood in, and in the place of nothing", async () => {
    const { datastore, another, clock, fail } = await aboutToFallBack(makeCache);
    await another().get("key", failing(), "5m");
    clock.advance(2 * MINUTE);
    await fail();
    clock.advance(2 * MINUTE);
    expect(await another().getResult("key", failing())).toMatchObject({ source: "cache", stale: true });
    await datastore.expire("key");
    await datastore.get("key", failing(), "5m");
    expect(await another().getResult("key", failing())).toMatchObject({ source: "cache", stale: true });
  });

  it("a late fallback is cached in the place of a copy that only a clock which was set back takes for fresh", async () => {
    const { datastore, another, clock } = setUp({ cache: makeCache() });
    await datastore.get("key", () => "good", "5m");
    clock.advance(-60 * MINUTE);
    const other = another();
    expect(await other.getResult("key", failing(), "5m")).toMatchObject({ source: "backup" });
    expect(await other.getResult("key", failing(), "5m")).toMatchObject({ source: "cache", stale: true });
  });

  it("a late fallback gives way to the renewed value, whoever comes first", async () => {
    const { datastore, another, fail } = await aboutToFallBack(makeCache);
    await fail();
    await datastore.expire("key");
    await another().get("key", vouch, "5m");
    expect(await another().getResult("key", failing())).toMatchObject({ source: "cache", stale: false });
  });
});

describe.each(CACHES.slice(1))("A fallback that is held while %s takes no writes", (_, makeCache) => {
  it("a held fallback gives way to the fresh copy of the same value that the cache has", async () => {
    const { datastore, cache, another, clock } = setUp({ cache: makeCache() });
    await datastore.get("key", () => "good", "5m");
    clock.advance(6 * MINUTE);
    cache.failsAt(["set", "setUnlessNewer"], throws());
    await datastore.get("key", failing(), "10m");
    cache.heals();
    await another().get("key", vouch, "5m");
    cache.failsAt(["set", "setUnlessNewer"], throws());
    expect(await datastore.getResult("key", failing(), "10m")).toMatchObject({ source: "cache", stale: false });
  });

  it("a held fallback does not take the place of the renewed value that is held as well", async () => {
    const { datastore, cache, clock } = setUp({ cache: makeCache(), softTimeout: 1 });
    await datastore.get("key", () => "good", "5m");
    clock.advance(6 * MINUTE);
    cache.failsAt(["set", "setUnlessNewer"], throws());
    await datastore.get("key", vouch, "5m");
    await datastore.get("key", failing(), "5m");
    expect(await datastore.getResult("key", failing(), "5m")).toMatchObject({ source: "cache", stale: false });
  });
});
