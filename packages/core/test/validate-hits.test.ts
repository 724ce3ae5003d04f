import { describe, expect, it } from "vitest";
import { failing, setUp } from "./support/setting.ts";
import { byteCache } from "./support/stores.ts";

interface User {
  readonly name: string;
}

const validate = (value: User): boolean => typeof value.name === "string";

describe("validateHits", () => {
  it("a copy that an older release has cached, and validate refuses, is loaded anew", async () => {
    const { datastore, another } = setUp({ cache: byteCache() });
    await another().set("user", { nickname: "ann" }, "1h");
    const load = (): User => ({ name: "Ann" });
    expect(await datastore.get("user", load, { ttl: "1h", validate })).toEqual({ nickname: "ann" });
    expect(await datastore.get("user", load, { ttl: "1h", validate, validateHits: true })).toEqual({ name: "Ann" });
    expect(await another().get("user", failing(), { ttl: "1h" })).toEqual({ name: "Ann" });
  });

  it("a refused copy is told of, with the reason, and the backup of the same kind does not stand in", async () => {
    const { datastore, another, told } = setUp({ cache: byteCache() });
    await another().set("user", { nickname: "ann" }, "1h");
    const got = datastore.get("user", failing(new Error("the source is down")), { validate: validate as never, validateHits: true });
    await expect(got).rejects.toThrow("the source is down");
    expect(told.of("cacheFailed")).toMatchObject([{ key: "user", operation: "get", error: { code: "INVALID_VALUE" } }]);
  });

  it("a copy that validate accepts is a hit, by a function or by an asynchronous schema", async () => {
    const { datastore } = setUp();
    await datastore.set("user", { name: "Ann" }, "1h");
    const schema = { "~standard": { version: 1, vendor: "test", validate: async (value: unknown) => ({ value }) } } as const;
    for (const check of [validate, schema]) {
      expect(await datastore.getResult("user", failing(), { ttl: "1h", validate: check as never, validateHits: true })).toMatchObject({ source: "cache" });
    }
  });

  it("a validate that never answers costs no more than the timeout", async () => {
    const { datastore } = setUp();
    await datastore.set("user", { name: "Ann" }, "1h");
    const hangs = (): Promise<boolean> => new Promise(() => {});
    const got = datastore.get("user", failing(new Error("the source is down")), { validate: hangs, validateHits: true, timeout: 50 });
    await expect(got).rejects.toThrow("the source is down");
  });
});
