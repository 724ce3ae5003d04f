import { describe, expect, it } from "vitest";
import { Datastore, type GetOptions } from "../src/index.ts";
import { manualClock, memoryBackup } from "../src/testing.ts";
import { mapCache } from "./support/stores.ts";

const MINUTE = 60_000;

function datastoreOf(): { readonly ttlOf: (options: object) => Promise<number>; readonly datastore: Datastore } {
  const datastore = new Datastore({ cache: mapCache(), backup: memoryBackup(), clock: manualClock() });
  let keys = 0;
  const ttlOf = async (options: object): Promise<number> => {
    const { expiresAt, loadedAt } = await datastore.getResult(`key ${keys++}`, () => 1, options as GetOptions);
    return (expiresAt ?? Infinity) - loadedAt;
  };
  return { ttlOf, datastore };
}

describe("options that were given before", () => {
  it("mean the same in another object, and others mean others", async () => {
    const { ttlOf } = datastoreOf();
    for (const ttl of ["1m", "2m", "1m", "2m", 3 * MINUTE, "3m"] as const) {
      expect(await ttlOf({ ttl })).toBe(Number.parseInt(String(ttl)) * (typeof ttl === "number" ? 1 : MINUTE));
    }
    expect(await ttlOf({ maxStale: "1m" })).toBe(5 * MINUTE);
    expect(await ttlOf({ timeout: "1m", ttl: "1m" })).toBe(MINUTE);
    expect(await ttlOf({ ttl: "1m", timeout: "1m" })).toBe(MINUTE);
    expect(await ttlOf({})).toBe(5 * MINUTE);
  });

  it("are read anew if the object has changed", async () => {
    const { ttlOf } = datastoreOf();
    const options: { ttl: string; validate?: () => boolean } = { ttl: "1m" };
    expect(await ttlOf(options)).toBe(MINUTE);
    options.ttl = "2m";
    expect(await ttlOf(options)).toBe(2 * MINUTE);
    options.validate = () => false;
    await expect(ttlOf(options)).rejects.toMatchObject({ code: "INVALID_VALUE" });
  });

  it.each([
    ["a getter", { get ttl() { return "2m"; } }],
    ["a property that is not enumerable", Object.defineProperty({}, "ttl", { value: "2m" })],
    ["a prototype", Object.create({ ttl: "2m" }) as object],
    ["a class", new (class { get ttl() { return "2m"; } })()],
  ])("are not taken for those that come from %s", async (_, options) => {
    const { ttlOf } = datastoreOf();
    expect(await ttlOf({})).toBe(5 * MINUTE);
    expect(await ttlOf({ ttl: "1m" })).toBe(MINUTE);
    expect(await ttlOf(options)).toBe(2 * MINUTE);
    expect(await ttlOf({ ttl: "1m" })).toBe(MINUTE);
  });

  it("are read at each call if a getter answers", async () => {
    const { ttlOf } = datastoreOf();
    let reads = 0;
    const options = { get ttl() { return reads++ === 0 ? "1m" : "2m"; } };
    expect(await ttlOf(options)).toBe(MINUTE);
    expect(await ttlOf(options)).toBe(2 * MINUTE);
  });

  it("are still refused where they are none, and with one more that is unknown", async () => {
    const { ttlOf, datastore } = datastoreOf();
    const options = { ttl: "1m", lease: "2s" } as const;
    await ttlOf(options);
    await expect(datastore.getMany(["key"], () => new Map(), options as object)).rejects.toThrow(/lease/);
    await expect(datastore.set("key", 1, options as object)).rejects.toThrow(/lease/);
    await expect(ttlOf({ ...options, tll: "1m" })).rejects.toThrow(/tll/);
  });

  it("are many, and each of them counts", async () => {
    const { ttlOf } = datastoreOf();
    for (let round = 0; round < 2; round++) for (let minutes = 1; minutes <= 20; minutes++) expect(await ttlOf({ ttl: `${minutes}m` })).toBe(minutes * MINUTE);
  });
});
