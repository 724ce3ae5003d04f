import { describe, expect, expectTypeOf, it, vi } from "vitest";
import type { StandardSchema } from "../src/index.ts";
import { MINUTE, failing, holdDeadlines, rejectionOf, setUp } from "./support/setting.ts";
import { byteCache, mapCache } from "./support/stores.ts";

interface Price {
  readonly price: number;
}

/** A Standard Schema as libraries make them. */
function schema(check: (value: unknown) => string | undefined, isSlow = false): StandardSchema {
  const validate = (value: unknown): { value: unknown } | { issues: { message: string }[] } => {
    const message = check(value);
    return message === undefined ? { value } : { issues: [{ message }] };
  };
  return { "~standard": { version: 1, vendor: "test", validate: isSlow ? async (value) => validate(value) : validate } };
}

const positive = (value: unknown): string | undefined =>
  typeof value === "object" && value !== null && "price" in value && Number(value.price) > 0 ? undefined : "price must be positive";

const VALIDATORS = [
  ["a function that returns false", (value: Price) => positive(value) === undefined],
  ["a function that resolves with false", async (value: Price) => positive(value) === undefined],
  ["a function that throws", (value: Price) => {
    const message = positive(value);
    if (message !== undefined) throw new Error(message);
  }],
  ["a function that rejects", async (value: Price) => {
    const message = positive(value);
    if (message !== undefined) throw new Error(message);
  }],
  ["a Standard Schema", schema(positive)],
  ["an asynchronous Standard Schema", schema(positive, true)],
] as const;

describe.each(VALIDATORS)("%s", (_, validate) => {
  it("validate lets a valid value through, to the caller and to both stores", async () => {
    const { datastore, another } = setUp({ cache: byteCache() });
    expect(await datastore.get("key", () => ({ price: 1 }), { validate })).toEqual({ price: 1 });
    expect(await datastore.getResult("key", failing(), { validate })).toMatchObject({ value: { price: 1 }, source: "cache" });
    expect(await another().peekBackup("key")).toMatchObject({ value: { price: 1 } });
  });

  it("validate makes a load of what is not valid fail: nothing is written, and the backup stands in", async () => {
    const { datastore, clock, told } = setUp();
    await datastore.get("key", () => ({ price: 1 }), { validate, ttl: "5m" });
    clock.advance(5 * MINUTE);
    told.forget();
    const result = await datastore.getResult("key", () => ({ price: -1 }), { validate, ttl: "5m" });
    expect(result).toMatchObject({ value: { price: 1 }, source: "backup", stale: true });
    expect(told.names).toEqual(["miss", "loadFailed", "fallback"]);
    expect(await datastore.peekBackup("key")).toMatchObject({ value: { price: 1 } });
  });

  it("a get rejects with why it is not valid where there is no backup", async () => {
    const { datastore, cache, backup } = setUp();
    const error = await rejectionOf(datastore.get("key", () => ({ price: -1 }), { validate }));
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).toMatch(/not valid|price must be positive/);
    expect(cache.count("set")).toBe(0);
    expect(backup.count("write")).toBe(0);
  });

  it("validate lets no backup stand in that is not valid any more, and falls to the one before it", async () => {
    const { datastore, clock, told, start } = setUp();
    await datastore.get("key", () => ({ price: 1 }), "5m");
    clock.advance(5 * MINUTE);
    await datastore.get("key", () => ({ price: -1 }), "5m");
    clock.advance(5 * MINUTE);
    told.forget();
    expect(await datastore.getResult("key", failing(), { validate, ttl: "5m" })).toMatchObject({ value: { price: 1 }, loadedAt: start });
    expect(told.of("backupSkipped")).toEqual([{ key: "key", loadedAt: start + 5 * MINUTE, reason: "invalid", error: expect.any(Error) }]);
    expect(told.of("backupCorrupt")).toEqual([]);
  });

  it("validate lets the loader's own error through where no backup is valid", async () => {
    const { datastore, clock } = setUp();
    await datastore.get("key", () => ({ price: -1 }), "5m");
    clock.advance(5 * MINUTE);
    const error = new Error("the source is down");
    expect(await rejectionOf(datastore.get("key", failing(error), { validate }))).toBe(error);
  });
});

describe("validate", () => {
  it("validate of a function that throws rejects with what it threw, the same object", async () => {
    const { datastore } = setUp();
    const error = new Error("no good");
    const validate = (): void => {
      throw error;
    };
    expect(await rejectionOf(datastore.get("key", () => 1, { validate }))).toBe(error);
  });

  it("validate of a function that returns false, or a schema, rejects with INVALID_VALUE and the schema's first issue", async () => {
    const { datastore } = setUp();
    expect(await rejectionOf(datastore.get("key", () => 1, { validate: () => false }))).toMatchObject({ code: "INVALID_VALUE", key: "key" });
    const error = await rejectionOf(datastore.get("key", () => ({ price: -1 }), { validate: schema(positive) }));
    expect(error).toMatchObject({ code: "INVALID_VALUE", key: "key" });
    expect(String(error)).toContain("price must be positive");
  });

  it("validate has refused also where it throws undefined", async () => {
    const { datastore, backup } = setUp();
    const validate = (): void => {
      throw undefined;
    };
    await expect(datastore.get("key", () => 1, { validate })).rejects.toBeDefined();
    expect(backup.count("write")).toBe(0);
  });

  it("validate may be a schema that is a function as well, as some libraries make them", async () => {
    const { datastore } = setUp();
    const callable = Object.assign(() => ({ issues: [] }), schema(positive));
    expect(await rejectionOf(datastore.get("key", () => ({ price: -1 }), { validate: callable as unknown as StandardSchema }))).toMatchObject({
      code: "INVALID_VALUE",
    });
    expect(await datastore.get("key", () => ({ price: 1 }), { validate: callable as unknown as StandardSchema })).toEqual({ price: 1 });
  });

  it("validate of the constructor holds for each get, and one of get comes in its place", async () => {
    const { datastore } = setUp({ validate: (value) => typeof value === "number" });
    expect(await rejectionOf(datastore.get("a", () => "text"))).toMatchObject({ code: "INVALID_VALUE" });
    expect(await datastore.get("b", () => 1)).toBe(1);
    expect(await datastore.get("c", () => "text", { validate: () => true })).toBe("text");
  });

  it("validate is not asked about a hit", async () => {
    const { datastore } = setUp();
    const validate = vi.fn(() => true);
    await datastore.get("key", () => 1, { validate });
    await datastore.get("key", () => 1, { validate });
    expect(validate).toHaveBeenCalledTimes(1);
  });

  it("validate that takes too long is a load that takes too long", async () => {
    holdDeadlines();
    const { datastore } = setUp();
    const rejection = rejectionOf(datastore.get("key", () => 1, { validate: () => new Promise<boolean>(() => {}), timeout: "2s" }));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await rejection).toMatchObject({ code: "LOAD_TIMEOUT" });
  });

  it("validate runs before a value is written, so that an empty 200 never replaces a good backup", async () => {
    const { datastore, clock, another } = setUp();
    const validate = (items: readonly number[]): boolean => items.length > 0;
    await datastore.get("feed", () => [1, 2, 3], { validate, ttl: "5m" });
    clock.advance(5 * MINUTE);
    expect(await datastore.get("feed", () => [], { validate, ttl: "5m" })).toEqual([1, 2, 3]);
    expect(await another({ cache: mapCache() }).peekBackup("feed")).toMatchObject({ value: [1, 2, 3] });
  });

  it("validate is asked about the value of a late load as well", async () => {
    holdDeadlines();
    const { datastore } = setUp();
    let answer: (value: number) => void = () => {};
    const load = (): Promise<number> => new Promise((resolve) => (answer = resolve));
    const rejection = rejectionOf(datastore.get("key", load, { validate: (value) => value > 0, timeout: "2s" }));
    await vi.advanceTimersByTimeAsync(2_000);
    await rejection;
    answer(-1);
    await vi.advanceTimersByTimeAsync(0);
    expect(await datastore.peekBackup("key")).toBeUndefined();
  });

  it("sees the type of the loader's value", () => {
    const { datastore } = setUp();
    void datastore.get("key", (): Price => ({ price: 1 }), {
      validate: (value) => {
        expectTypeOf(value).toEqualTypeOf<Price>();
      },
    });
  });
});
