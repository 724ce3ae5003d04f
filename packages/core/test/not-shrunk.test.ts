import { describe, expect, it } from "vitest";
import { notShrunk } from "../src/index.ts";
import { MINUTE, rejectionOf, setUp } from "./support/setting.ts";
import { mapCache, throws } from "./support/stores.ts";

/** What a get answers whose key was loaded as `before` five minutes ago and is loaded as `after` now. */
async function loadedAfter<T>(before: T, after: T, validate = notShrunk<T>(0.5)): Promise<T> {
  const { datastore, clock } = setUp();
  await datastore.get("key", () => before, { ttl: "5m", validate });
  clock.advance(5 * MINUTE);
  return datastore.get("key", () => after, { ttl: "5m", validate });
}

describe("notShrunk", () => {
  it("notShrunk refuses an empty 200: the last good value stands in, and stays in the backup", async () => {
    const { datastore, clock, told } = setUp({ validate: notShrunk(0.5) });
    await datastore.get("page", () => "<html>a whole page</html>", "5m");
    clock.advance(5 * MINUTE);
    expect(await datastore.getResult("page", () => "", "5m")).toMatchObject({ value: "<html>a whole page</html>", source: "backup", stale: true });
    expect(told.of("loadFailed")).toMatchObject([{ error: { name: "RangeError", message: expect.stringMatching(/shrunk from 25 to 0/) } }]);
    expect(await datastore.peekBackup("page")).toMatchObject({ value: "<html>a whole page</html>" });
  });

  it.each([
    ["text", "0123456789", "01234", "0123"],
    ["a list", [1, 2, 3, 4], [1, 2], [1]],
    ["a Map", new Map([[1, 1], [2, 2]]), new Map([[1, 1]]), new Map()],
    ["a Set", new Set([1, 2]), new Set([1]), new Set()],
    ["bytes", new Uint8Array(10), new Uint8Array(5), new Uint8Array(4)],
    ["an ArrayBuffer", new ArrayBuffer(10), new ArrayBuffer(5), new ArrayBuffer(4)],
    ["an object", { a: 1, b: 2, c: 3, d: 4 }, { a: 1, b: 2 }, { a: 1 }],
  ] as readonly (readonly [string, unknown, unknown, unknown])[])("measures %s, lets half of it pass, and refuses less", async (_, whole, half, less) => {
    expect(await loadedAfter(whole, half)).toEqual(half);
    expect(await loadedAfter(whole, less)).toEqual(whole);
  });

  it("notShrunk lets the first value of a key pass, whatever its size", async () => {
    const { datastore } = setUp({ validate: notShrunk(0.5) });
    expect(await datastore.get("page", () => "")).toBe("");
  });

  it.each([7, null, true, undefined, 5n].map((value: unknown) => ({ value })))("notShrunk lets $value pass, which has no size", async ({ value }) => {
    expect(await loadedAfter<unknown>("a long text", value)).toBe(value);
  });

  it("measures as it is told to, and lets pass what the measure makes no sense of", async () => {
    const total = notShrunk<{ total?: number }>(0.9, (page) => page.total);
    expect(await loadedAfter({ total: 100 }, { total: 90 }, total)).toEqual({ total: 90 });
    expect(await loadedAfter({ total: 100 }, { total: 89 }, total)).toEqual({ total: 100 });
    expect(await loadedAfter({ total: 100 }, {}, total)).toEqual({});
  });

  it("compares with the last good value also after a restart", async () => {
    const { datastore, another } = setUp({ validate: notShrunk(0.5) });
    await datastore.get("page", () => "a whole page");
    expect(await another({ cache: mapCache() }).get("page", () => "")).toBe("a whole page");
  });

  it("notShrunk goes on from what was let pass: a value may shrink step by step", async () => {
    const { datastore } = setUp({ validate: notShrunk(0.5) });
    for (const text of ["12345678", "1234", "12", "1"]) expect(await datastore.get("key", () => text, 0)).toBe(text);
  });

  it("notShrunk refuses a source that has shrunk for good until set or delete says so", async () => {
    const { datastore } = setUp({ validate: notShrunk(0.5) });
    await datastore.get("key", () => "a whole page", 0);
    for (let n = 0; n < 3; n++) expect(await datastore.get("key", () => "tiny", 0)).toBe("a whole page");
    await datastore.delete("key");
    expect(await datastore.get("key", () => "tiny", 0)).toBe("tiny");
  });

  it("notShrunk lets a value pass where the backup cannot be read: nobody knows that it has shrunk", async () => {
    const { datastore, backup } = setUp({ validate: notShrunk(0.5) });
    await datastore.get("key", () => "a whole page", 0);
    backup.fails("read", throws());
    expect(await datastore.get("key", () => "", 0)).toBe("");
  });

  it("notShrunk does not judge the backup that stands in", async () => {
    const { datastore, another } = setUp({ validate: notShrunk(1) });
    await datastore.get("key", () => "page", 0);
    expect(await rejectionOf(another().get("none", () => Promise.reject("down")))).toBe("down");
    expect(await another().get("key", () => Promise.reject("down"), 0)).toBe("page");
  });

  it.each([["0.5", TypeError], [undefined, TypeError], [0, RangeError], [1.01, RangeError], [NaN, RangeError]] as const)("notShrunk refuses a share of %s", (share, kind) => {
    expect(() => notShrunk(share as number)).toThrow(kind); // a mistake of a program in JavaScript
  });
});
