import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CacheAdapter } from "../src/index.ts";
import { recordId, recordIdOnce } from "../src/entry/record-id.ts";
import { heldBytes } from "./support/memory.ts";
import { failing, setUp } from "./support/setting.ts";
import { byteCache, mapCache } from "./support/stores.ts";

const LONG = "k".repeat(5_000);

/** Keys that are easily taken for one another, for a path, or for something of the language. */
const KEYS: readonly string[] = [
  "",
  " ",
  "  ",
  "\0",
  "\n",
  ".",
  "..",
  "/",
  "../x",
  "..\\x",
  "x",
  "X",
  "a",
  "A",
  "a/b",
  "a//b",
  "a-b",
  "a_b",
  "a:b",
  "a\0b",
  "C:\\x",
  "/etc/passwd",
  "CON",
  "o_x",
  LONG,
  `${LONG}1`,
  `${LONG}2`,
  LONG.slice(1),
  "😀",
  "😁",
  "\ud83d",
  "\ude00",
  "\ud800",
  "\ud801",
  "\udfff",
  "\ufffd",
  "é",
  "e\u0301",
  "ß",
  "SS",
  "ss",
  "ſ",
  "İ",
  "i",
  "\u212a", // the Kelvin sign, whose lower case is k
  "K",
  "k",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "undefined",
  "null",
  "0",
  "00",
  "*",
  "?",
  "%2e%2e%2fx",
  "key",
  "key ",
  recordId("key"),
];

/** What the key is shown as where it is too long or cannot be printed. */
const value = (key: string): string => `${key.length}:${Buffer.from(key, "utf16le").toString("hex").slice(0, 40)}:${KEYS.indexOf(key)}`;

describe.each<readonly [string, () => CacheAdapter]>([
  ["a cache of values", mapCache],
  ["a cache of bytes", byteCache],
])("on %s", (_, makeCache) => {
  it("any string is a key, and no two share a record in the cache", async () => {
    const { datastore } = setUp({ cache: makeCache() });
    for (const key of KEYS) await datastore.get(key, () => value(key));
    for (const key of KEYS) expect(await datastore.get(key, failing())).toBe(value(key));
  });

  it("a delete of one key deletes no other", async () => {
    const { datastore } = setUp({ cache: makeCache() });
    for (const key of KEYS) await datastore.set(key, value(key));
    for (const [n, key] of KEYS.entries()) {
      await datastore.delete(key);
      for (const other of KEYS.slice(n + 1)) expect(await datastore.get(other, failing())).toBe(value(other));
    }
  });
});

describe("in the backup", () => {
  it("any string is a key, and no two share a record", async () => {
    const { datastore, another } = setUp();
    for (const key of KEYS) await datastore.set(key, value(key));
    const elsewhere = another({ cache: mapCache() });
    for (const key of KEYS) expect(await elsewhere.get(key, failing())).toBe(value(key));
    for (const key of KEYS) expect(await datastore.peekBackup(key)).toMatchObject({ value: value(key) });
  });

  it("no two of any strings share a record", async () => {
    const anyString = fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)), maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(anyString, { minLength: 2, maxLength: 8 }), async (keys) => {
        const { datastore, another } = setUp({ cache: byteCache() });
        for (const [n, key] of keys.entries()) await datastore.set(key, n);
        const elsewhere = another({ cache: mapCache() });
        for (const [n, key] of keys.entries()) {
          expect(await datastore.get(key, failing())).toBe(n);
          expect(await elsewhere.get(key, failing())).toBe(n);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("stores see ids alone, and never a key", async () => {
    const { datastore, cache, backup } = setUp({ cache: byteCache() });
    for (const key of KEYS) {
      await datastore.get(key, () => 1, 0);
      await datastore.get(key, failing(), 0);
      await datastore.get(key, () => 2);
      await datastore.delete(key);
    }
    for (const { id } of [...cache.calls, ...backup.calls]) if (id !== undefined) expect(id).toMatch(/^[a-z0-9_-]{1,100}$/);
  });

  it("a key has the record that its name says, in every process", async () => {
    expect(recordId("Feed of the Day")).toMatch(/^feed-of-the-day-[0-9a-f]{32}$/);
    // Written down, so that a later release does not lose sight of what an earlier one has stored.
    expect(recordId("key")).toBe("key-f8fe5cbd4c0b085579ca225fa0f6d5fd");
    expect(recordId("")).toBe("e3b0c44298fc1c149afbf4c8996fb924");
  });
});

/** The first sixty characters in lower case, where a dash stands for all that is no letter or digit, and half of the SHA-256 of the key as UTF-16. */
function idInWords(key: string): string {
  const words = key.slice(0, 60).toLowerCase().split(/[^a-z0-9]+/u);
  if (words[0] === "") words.shift();
  if (words.at(-1) === "") words.pop();
  const digest = createHash("sha256").update(key, "utf16le").digest("hex").slice(0, 32);
  return [...(words.length === 0 ? [] : [words.join("-").slice(0, 60)]), digest].join("-");
}

describe("recordId", () => {
  it("recordId is 1 to 100 characters of a-z, 0-9, _ and -, for any string", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)), maxLength: 300 }), (key) => {
        expect(recordId(key)).toMatch(/^[a-z0-9_-]{1,100}$/);
      }),
      { numRuns: 1_000 },
    );
  });

  it("recordId is the slug of the key and its hash, for any string", () => {
    const unit = fc.oneof(fc.constantFrom(..."aZ09-_ .:/\u00e9\u0130\u212a\u{1f600}"), fc.nat(0xffff).map((code) => String.fromCharCode(code)));
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 80 }), (key) => {
        expect(recordId(key)).toBe(idInWords(key));
        expect(recordIdOnce(key)).toBe(idInWords(key));
      }),
      { numRuns: 5_000 },
    );
  });

  it("recordId is the same each time, also when more keys have been seen than are remembered", () => {
    const before = KEYS.map(recordId);
    for (let n = 0; n < 10_000; n++) recordId(`another ${n}`);
    expect(KEYS.map(recordId)).toEqual(before);
  });

  it("differs for keys that differ", () => {
    expect(new Set(KEYS.map(recordId)).size).toBe(new Set(KEYS).size);
    expect(new Set(KEYS).size).toBe(KEYS.length);
  });

  it("recordId keeps no long keys in memory", () => {
    const before = heldBytes();
    const long = "x".repeat(100_000);
    for (let n = 0; n < 1_000; n++) recordId(`${long}${n}`);
    expect(heldBytes() - before).toBeLessThan(20_000_000); // they are 100 MB
  });
});
