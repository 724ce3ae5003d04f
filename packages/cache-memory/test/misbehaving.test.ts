import { Datastore, type DatastoreEvents } from "@lastgood/core";
import { manualClock, memoryBackup } from "@lastgood/core/testing";
import { describe, expect, it } from "vitest";
import { memoryCache, type MemoryCacheOptions } from "../src/index.ts";

const MINUTE = 60_000;
const TRAP = new Error("a mistake of the program");

function trap(): never {
  throw TRAP;
}

/** Values that cannot be looked at without harm, and are the caller's all the same. */
const TRAPS: readonly (readonly [name: string, make: () => object])[] = [
  ["a getter that throws", () => Object.defineProperty({}, "trap", { get: trap, enumerable: true })],
  ["a getter deep inside that throws", () => ({ list: [Object.defineProperty({}, "trap", { get: trap, enumerable: true })] })],
  ["a toJSON that throws", () => ({ toJSON: trap })],
  ["a proxy around it that throws at every look but one for then", () => new Proxy({}, { get: (_, name) => (name === "then" ? undefined : trap()), ownKeys: trap, has: trap, getPrototypeOf: trap, getOwnPropertyDescriptor: trap })],
];

const BAD_SIZES: readonly (readonly [name: string, sizeOf: () => unknown])[] = [
  ["throws", trap],
  ["throws nothing at all", () => { throw undefined; }],
  ["rejects", () => Promise.resolve(1)],
  ["answers NaN", () => NaN],
  ["answers with a text", () => "12"],
];

function setUp(options: MemoryCacheOptions): { datastore: Datastore; failures: DatastoreEvents["cacheFailed"][]; clock: ReturnType<typeof manualClock> } {
  const clock = manualClock();
  const datastore = new Datastore({ cache: memoryCache(options), backup: memoryBackup(), clock });
  const failures: DatastoreEvents["cacheFailed"][] = [];
  datastore.on("cacheFailed", (event) => failures.push(event));
  datastore.on("backupFailed", () => {}); // such a value has no backup either, which is told
  return { datastore, failures, clock };
}

describe("memoryCache and values that cannot be looked at", () => {
  it.each(BAD_SIZES)("a memory cache whose sizeOf %s answers the get, reports cacheFailed, and goes on to serve other keys", async (_, sizeOf) => {
    const options = { maxBytes: 1_000, sizeOf: (value: unknown) => (value === "bad" ? (sizeOf() as number) : 10) };
    const { datastore, failures } = setUp(options);
    for (let n = 0; n < 20; n++) expect(await datastore.get("key", () => "bad", "5m")).toBe("bad");
    expect(failures).toHaveLength(20);
    expect(failures[0]).toMatchObject({ key: "key", operation: "set", error: { code: "STORE_FAILED", adapter: "memory" } });
    await datastore.get("other", () => "good", "5m");
    expect(await datastore.getResult("other", trap, "5m")).toMatchObject({ value: "good", source: "cache" });
  });

  it("a memory cache does not answer with the old value when the new one cannot be measured", async () => {
    const { datastore, clock } = setUp({ maxBytes: 1_000, sizeOf: (value: unknown) => (value === "new" ? trap() : 10) });
    await datastore.get("key", () => "old", "5m");
    clock.advance(MINUTE);
    await datastore.set("key", "new", "5m").catch(() => {});
    expect(await datastore.get("key", trap, "5m")).toBe("new");
  });

  it.each(TRAPS)("a memory cache answers a get whose value has %s, with any way to measure it", async (_, make) => {
    for (const options of [{}, { maxBytes: 10_000 }, { maxBytes: 10_000, sizeOf: trap }]) {
      const { datastore } = setUp(options);
      const value = make();
      expect((await datastore.get("key", () => value, "5m")) === value).toBe(true);
      expect((await datastore.getResult("key", () => value, "5m")).value === value).toBe(true);
      await datastore.get("other", () => 1, "5m");
      expect(await datastore.get("other", trap, options.sizeOf === undefined ? "5m" : { ttl: "5m" })).toBe(1);
    }
  });
});
