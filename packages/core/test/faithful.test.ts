import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import { jsonCodec, structuredCodec } from "../src/index.ts";
import { failing, rejectionOf, setUp } from "./support/setting.ts";
import { mapCache } from "./support/stores.ts";

class Rows extends Array<unknown> {}
class Registry extends Map<unknown, unknown> {}
class Tags extends Set<unknown> {}
class Moment extends Date {}
class Pattern extends RegExp {}
class Bytes extends Uint8Array {}
class Missing extends Error {}

const hidden = Object.defineProperty({ seen: 1 }, "unseen", { value: 2, enumerable: false });
const at = (time: number): Date => new Date(time);
const used = /a/g;
used.lastIndex = 1;

// Each is altered by the algorithm of structured clones, in silence: where in it, if it is refused.
const ODD: Readonly<Record<string, readonly [value: unknown, path: string]>> = {
  "an array of a class of its own": [{ rows: Rows.of(1, 2) }, "value.rows"],
  "an array of a class of its own that holds objects": [{ rows: Rows.of({ id: 1 }) }, "value.rows"],
  "an array without a prototype": [[Object.setPrototypeOf([1], null)], "value[0]"],
  "an array with a property that is not enumerable": [[Object.defineProperty([1], "total", { value: 1 })], "value[0].total"],
  "an array with a symbol for a key": [[Object.assign([1], { [Symbol("id")]: 1 })], "value[0]"],
  "a Map of a class of its own": [{ map: new Registry([["a", 1]]) }, "value.map"],
  "a Map with a property of its own": [{ map: Object.assign(new Map([["a", 1]]), { total: 1 }) }, "value.map.total"],
  "a Set of a class of its own": [[new Tags(["a"])], "value[0]"],
  "a Set with a property of its own": [[Object.assign(new Set(["a"]), { total: 1 })], "value[0].total"],
  "a Date of a class of its own": [{ when: new Moment(5) }, "value.when"],
  "a Date with a property of its own": [{ when: Object.assign(at(5), { zone: "CET" }) }, "value.when.zone"],
  "a RegExp of a class of its own": [{ pattern: new Pattern("a") }, "value.pattern"],
  "a RegExp with a property of its own": [{ pattern: Object.assign(/a/, { label: "a" }) }, "value.pattern.label"],
  "a RegExp that has been used": [[used], "value[0]"],
  "an Error of a class of its own": [[new Missing("no")], "value[0]"],
  "an Error with a property of its own": [[Object.assign(new Error("no"), { status: 404 })], "value[0].status"],
  "an Error with a name of its own": [[Object.assign(new Error("no"), { name: "Special" })], "value[0]"],
  "an Error whose cause is of a class": [[new Error("no", { cause: new Missing("why") })], "value[0].cause"],
  "an AggregateError": [{ error: new AggregateError([new Error("one")], "all") }, "value.error"],
  "a typed array of a class of its own": [{ bytes: new Bytes(2) }, "value.bytes"],
  "a typed array with a property of its own": [{ bytes: Object.assign(new Uint8Array(2), { label: "a" }) }, "value.bytes"],
  "a typed array in shared memory": [{ bytes: new Uint8Array(new SharedArrayBuffer(2)) }, "value.bytes"],
  "an ArrayBuffer with a property of its own": [[Object.assign(new ArrayBuffer(2), { label: "a" })], "value[0].label"],
  "a boxed number with a property of its own": [[Object.assign(Object(7), { unit: "m" })], "value[0].unit"],
  "a property that is not enumerable": [{ list: [hidden] }, "value.list[0].unseen"],
  "a symbol for a key": [{ list: [{ [Symbol("id")]: 1 }] }, "value.list[0]"],
  "a symbol that is not enumerable for a key": [[Object.defineProperty({}, Symbol("id"), { value: 1 })], "value[0]"],
  "an object of a class in the value of a Map": [new Map([["user", { it: new Missing("no") }]]), 'value.get("user").it'],
  "an object of a class in the key of a Map": [new Map([[new Missing("no"), 1]]), "value.keys()[0]"],
  "an object of a class in a Set": [new Set([1, new Missing("no")]), "value.values()[1]"],
  "an object of a class under a key that is no name": [{ "a key": { "é": [new Missing("no")] } }, 'value["a key"].é[0]'],
  "a function in a list": [{ items: [1, 2, 3, () => 1] }, "value.items[3]"],
  "a function in a Map": [{ map: new Map([[7, () => 1]]) }, "value.map.get(7)"],
  "a symbol in a list": [{ items: [Symbol("id")] }, "value.items[0]"],
  "a promise, deep inside": [[[{ later: Promise.resolve() }]], "value[0][0].later"],
  "a WeakMap": [{ weak: new WeakMap() }, "value.weak"],
  "a Proxy of a list": [{ list: new Proxy([new Date(5)], {}) }, "value.list"],
  "a getter that throws": [[{ get broken(): never { throw new Error("no"); } }], "value[0].broken"],
  "a Blob": [{ blob: new Blob(["a"]) }, "value.blob"],
  "a URL in a cycle": [(() => { const cycle: Record<string, unknown> = { home: new URL("https://a.example") }; cycle["self"] = cycle; return cycle; })(), "value.home"],
};

const sparse: unknown[] = [];
sparse[4_000_000_000] = "far";
sparse[7] = { near: true };

// Each is odd, and comes back as it was.
const KEPT: Readonly<Record<string, unknown>> = {
  "a list that is nearly all holes": sparse,
  "a list with a hole and a property": Object.assign([1, , 3], { more: new Date(5) }), // oxlint-disable-line no-sparse-arrays
  "NaN and -0 as keys of a Map": new Map<unknown, unknown>([[NaN, 1], [0, -0]]),
  "a key that is empty, and one that is a lone surrogate": { "": 1, "\ud800": "\udfff", [`__proto__x`]: 1 },
  "an Error with a cause": new RangeError("no", { cause: { at: new Date(5) } }),
  "a getter that returns plain data": { get total() { return 7; }, at: new Date(5) },
  "two views of one buffer": (({ buffer }) => [new Uint8Array(buffer, 0, 2), new Uint8Array(buffer, 2)])(Uint8Array.of(1, 2, 3, 4)),
  "frozen objects": Object.freeze({ list: Object.freeze([1, Object.freeze({ at: new Date(5) })]) }),
  "a Map in which it is itself": (() => { const map = new Map<unknown, unknown>(); map.set("self", map); map.set(map, [map]); return map; })(),
  "one object in two places": (() => { const shared = { at: new Date(5) }; return [shared, { shared }, new Map([[shared, shared]])]; })(),
};

describe("A value with the default codec", () => {
  it.each(Object.entries(ODD))("A value with the default codec is refused with the place in it: %s", async (_, [value, path]) => {
    const { datastore } = setUp();
    const error = await rejectionOf(datastore.set("key", value));
    expect(error).toMatchObject({ name: "DatastoreError", code: "UNSERIALIZABLE", key: "key", operation: "encode", path });
    expect(String(error)).toContain(path);
  });

  it.each(Object.entries(KEPT))("A value with the default codec comes back as it was: %s", async (_, value) => {
    const { datastore, another } = setUp();
    await datastore.set("key", value);
    const copy = await another({ cache: mapCache() }).get("key", failing());
    expect(isDeepStrictEqual(copy, value)).toBe(true);
  });
});

describe("A value with the JSON codec", () => {
  it.each<readonly [string, unknown, string]>([
    ["a BigInt", { list: [1, { big: 1n }] }, "value.list[1].big"],
    ["a Date", { when: at(5) }, "value.when"],
    ["a list of a class of its own", [Rows.of(1)], "value[0]"],
    ["a list with a property of its own", [Object.assign([1], { total: 1 })], "value[0].total"],
  ])("is refused with the place in it: %s", async (_, value, path) => {
    const { datastore } = setUp({ codec: jsonCodec });
    expect(await rejectionOf(datastore.set("key", value))).toMatchObject({ code: "UNSERIALIZABLE", path });
  });
});

describe("A codec of the user's own", () => {
  const later = (): Promise<never> => Promise.reject(new Error("late"));

  it.each<readonly [string, object, RegExp]>([
    ["encode returns a promise", { encode: later }, /encode of the codec own must return a Uint8Array; got a promise/],
    ["encode returns text", { encode: () => "text" }, /encode of the codec own must return a Uint8Array; got string/],
    ["encode returns nothing", { encode: () => undefined }, /encode of the codec own must return a Uint8Array; got undefined/],
    ["decode returns a promise", { decode: later }, /decode of the codec own must return the value; got a promise/],
    ["encode throws what is no error", { encode: () => { throw null; } }, /null/], // oxlint-disable-line no-throw-literal
  ])("is refused, and get answers all the same: %s", async (_, methods, message) => {
    const { datastore, told } = setUp({ codec: { ...structuredCodec, name: "own", ...methods } });
    expect(await datastore.get("key", () => 7)).toBe(7);
    expect(told.of("backupFailed")).toMatchObject([{ operation: "encode", error: { code: "UNSERIALIZABLE", message: expect.stringMatching(message) } }]);
  });

  it("whose decode becomes asynchronous later makes its records absent, with an event", async () => {
    const { datastore, another } = setUp({ codec: jsonCodec });
    await datastore.set("key", 7);
    const reader = another({ cache: mapCache(), codec: { ...jsonCodec, decode: later } });
    const reasons: string[] = [];
    reader.on("backupCorrupt", ({ reason }) => reasons.push(reason));
    expect(await reader.peekBackup("key")).toBeUndefined();
    expect(reasons).toEqual(["not decodable"]);
  });
});
