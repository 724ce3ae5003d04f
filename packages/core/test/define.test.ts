import { describe, expect, it, vi } from "vitest";
import { failing, MINUTE, rejectionOf, setUp } from "./support/setting.ts";
import { mapCache } from "./support/stores.ts";

describe("define", () => {
  it("define makes a function that gets by the key and the loader that its arguments say", async () => {
    const { datastore } = setUp();
    const load = vi.fn(async (id: number, region: string) => ({ id, region }));
    const user = datastore.define({ key: (id: number, region: string) => `user:${region}:${id}`, load });
    expect(await user(7, "eu")).toEqual({ id: 7, region: "eu" });
    expect(await user(7, "eu")).toEqual({ id: 7, region: "eu" });
    expect(await user(7, "us")).toEqual({ id: 7, region: "us" });
    expect(load).toHaveBeenCalledTimes(2);
    expect(user.keyOf(7, "eu")).toBe("user:eu:7");
    expect(await datastore.get("user:eu:7", failing())).toEqual({ id: 7, region: "eu" });
  });

  it("hands the loader the context of the load after the arguments", async () => {
    const { datastore } = setUp();
    const user = datastore.define({ key: (id: number) => `user:${id}`, load: (id: number, { key, setMeta }) => (setMeta({ etag: "1" }), `${key} is ${id}`) });
    expect(await user.result(7)).toMatchObject({ value: "user:7 is 7", metadata: { etag: "1" } });
  });

  it("define takes a key that is always the same, for a function without arguments", async () => {
    const { datastore } = setUp();
    const rates = datastore.define({ key: "rates", load: ({ key }) => `loaded ${key}` });
    expect(await rates()).toBe("loaded rates");
    expect(rates.keyOf()).toBe("rates");
  });

  it("define takes every option of get", async () => {
    const { datastore, clock } = setUp();
    const error = new Error("the source is down");
    const load = vi.fn(() => 1);
    const rate = datastore.define({ key: "rate", load, ttl: "1m", maxStale: "1h", validate: (value) => value > 0 });
    await rate();
    clock.advance(MINUTE);
    load.mockImplementation(() => -1);
    expect(await rate.result()).toMatchObject({ value: 1, stale: true });
    clock.advance(60 * MINUTE);
    load.mockImplementation(() => {
      throw error;
    });
    expect(await rejectionOf(rate())).toBe(error);
  });

  it("define has result, expire, delete and peekBackup, which mean what they mean on the datastore", async () => {
    const { datastore, another } = setUp();
    const load = vi.fn((id: number) => `user ${id}`);
    const user = datastore.define({ key: (id: number) => `user:${id}`, load });
    expect(await user.result(7)).toMatchObject({ value: "user 7", source: "loader" });
    expect(await user.result(7)).toMatchObject({ value: "user 7", source: "cache" });
    await user.expire(7);
    expect(await user.result(7)).toMatchObject({ source: "loader" });
    expect(load).toHaveBeenCalledTimes(2);
    expect(await user.peekBackup(7)).toMatchObject({ value: "user 7", source: "backup" });
    await user.delete(7);
    expect(await user.peekBackup(7)).toBeUndefined();
    expect(await another({ cache: mapCache() }).peekBackup("user:7")).toBeUndefined();
  });

  it("define calls the loader once for a thousand callers at the same time", async () => {
    const { datastore } = setUp();
    const load = vi.fn(async (id: number) => id);
    const user = datastore.define({ key: (id: number) => `user:${id}`, load });
    await Promise.all(Array.from({ length: 1_000 }, () => user(7)));
    expect(load).toHaveBeenCalledTimes(1);
  });

  it("define rejects where the key function throws, or names no string", async () => {
    const { datastore } = setUp();
    const error = new Error("no such thing has a key");
    const thrower = datastore.define({
      key: (): string => {
        throw error;
      },
      load: () => 1,
    });
    for (const call of [thrower, thrower.result, thrower.expire, thrower.delete, thrower.peekBackup]) expect(await rejectionOf(call())).toBe(error);
    const nameless = datastore.define({ key: () => 7 as never, load: () => 1 }); // a mistake of a program in JavaScript
    expect(await rejectionOf(nameless())).toBeInstanceOf(TypeError);
  });

  it("define refuses at once what is no definition, and says what it needs", () => {
    const { datastore } = setUp();
    expect(() => datastore.define({ key: 7 as never, load: () => 1 })).toThrow(/define: key must be a string or a function/); // as above
    expect(() => datastore.define({ key: "key", load: "load" as never })).toThrow(/define: load must be a function/); // as above
  });

  it("a definition with an option that there is not is refused at once", () => {
    const { datastore } = setUp();
    const misspelt = { key: "key", load: () => 1, tttl: "5m" };
    expect(() => datastore.define(misspelt)).toThrow('got "tttl". Did you mean ttl?');
    expect(() => datastore.namespace("users").define(misspelt)).toThrow('got "tttl". Did you mean ttl?');
  });
});
