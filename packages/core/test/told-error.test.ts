import { describe, expect, it } from "vitest";
import { toldError } from "../src/report/told-error.ts";
import { failing, idOf, setUp } from "./support/setting.ts";
import { OUTAGE_PREFIX } from "../src/entry/record-id.ts";
import { mapCache, rejects } from "./support/stores.ts";
import { turn } from "./support/gate.ts";

/** What `fetch` rejects with when a host refuses the connection. */
function fetchFailed(): Error {
  const refused = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED" });
  return new TypeError("fetch failed", { cause: Object.assign(new AggregateError([refused, refused], ""), { code: "ECONNREFUSED" }) });
}

describe("an error as others are told of it", () => {
  it("a told error has its name, message, code and causes, and those that an AggregateError stands for", () => {
    const refused = { name: "Error", message: "connect ECONNREFUSED 127.0.0.1:1", code: "ECONNREFUSED" };
    const cause = { name: "AggregateError", message: "", code: "ECONNREFUSED", errors: [refused, refused] };
    expect(toldError(fetchFailed())).toEqual({ name: "TypeError", message: "fetch failed", cause });
  });

  it("a told error is bounded in length, depth and breadth, and ends for a circle of causes", () => {
    const circle: Error & { cause?: unknown } = new Error("x".repeat(5_000_000));
    circle.cause = circle;
    const many = Object.assign(new AggregateError(Array.from({ length: 1_000 }, () => circle), "many"), { code: "y".repeat(5_000) });
    expect(JSON.stringify(toldError(circle)).length).toBeLessThan(6_000);
    expect(JSON.stringify(toldError(many)).length).toBeLessThan(20_000);
  });

  it.each([
    ["a string", "down", { name: "Error", message: "down" }],
    ["undefined", undefined, { name: "Error", message: "undefined" }],
    ["an object with a message", { name: "Problem", message: "no", code: 7 }, { name: "Problem", message: "no", code: 7 }],
    ["an error whose getters throw", Object.defineProperty(new Error("x"), "name", { get: () => { throw new Error("no"); } }), { name: "Error", message: "x" }],
    ["an object without a text", Object.create(null), { name: "Error", message: "something without a text was thrown" }],
  ])("a told error can be made of %s", (_name, thrown, told) => {
    expect(toldError(thrown)).toEqual(told);
  });
});

describe("what health() and outages() say of errors", () => {
  it("the JSON of health() says everything of an error, and its error is still the error itself", async () => {
    const { datastore, cache } = setUp();
    const error = fetchFailed();
    await datastore.get("key", () => "good", 0);
    await datastore.get("key", failing(error), 0);
    cache.fails("get", rejects(Object.assign(new Error("no route"), { code: "EHOSTUNREACH" })));
    await datastore.get("other", () => "good", 0);
    const health = datastore.health();
    expect(health.fallback[0]?.error).toBe(error);
    const json = JSON.parse(JSON.stringify(health));
    expect(json.fallback).toMatchObject([{ key: "key", failures: 1, error: { message: "fetch failed", cause: { code: "ECONNREFUSED" } } }]);
    expect(json.cache).toMatchObject({ state: "failing", error: { code: "STORE_FAILED", cause: { code: "EHOSTUNREACH" } } });
    expect(JSON.parse(JSON.stringify(health.fallback[0]))).toEqual(json.fallback[0]);
  });

  it("another process sees the cause of an outage, and a message of 5 MB makes a small record", async () => {
    const { datastore, backup, clock, another } = setUp();
    await datastore.get("key", () => "good", 0);
    clock.advance(1);
    await datastore.get("key", failing(Object.assign(fetchFailed(), { message: "m".repeat(5_000_000) })), 0);
    await turn();
    await turn();
    const record = await backup.adapter.read(OUTAGE_PREFIX + idOf("key"));
    expect(record?.bytes.length).toBeLessThan(10_000);
    const outages = [];
    for await (const outage of another({ cache: mapCache() }).outages()) outages.push(outage);
    expect(outages).toMatchObject([{ key: "key", error: { name: "TypeError", cause: { code: "ECONNREFUSED" } } }]);
  });
});

describe("health().unprotected", () => {
  it("unprotected lists each key whose value no backup can keep, the place in it, and since when", async () => {
    const { datastore, clock, start } = setUp();
    await datastore.get("good", () => "good");
    await datastore.get("bad", () => ({ items: [1, { fn: () => 1 }] }), 0);
    clock.advance(1_000);
    await datastore.get("bad", () => ({ items: [1, { fn: () => 1 }] }), 0);
    expect(datastore.health().unprotected).toMatchObject([{ key: "bad", since: start, reason: expect.any(String) }]);
  });

  it("a key is no longer unprotected when a later value is kept, or when it is set or deleted", async () => {
    const { datastore } = setUp();
    for (const key of ["loaded", "set", "deleted"]) await datastore.get(key, () => () => 1, 0);
    expect(datastore.health().unprotected).toHaveLength(3);
    await datastore.get("loaded", () => "plain", 0);
    await datastore.set("set", "plain");
    await datastore.delete("deleted");
    expect(datastore.health().unprotected).toEqual([]);
  });

  it("no more than a thousand unprotected keys are listed, the newest", async () => {
    const { datastore } = setUp();
    datastore.on("backupFailed", () => {});
    for (let n = 0; n < 1_010; n++) await datastore.get(`key ${n}`, () => () => n, 0);
    const { unprotected } = datastore.health();
    expect(unprotected).toHaveLength(1_000);
    expect(unprotected.at(-1)?.key).toBe("key 1009");
  });
});
