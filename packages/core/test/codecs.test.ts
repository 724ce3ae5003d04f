import { serialize } from "node:v8";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Codec, jsonCodec, structuredCodec } from "../src/index.ts";
import { failing, rejectionOf, setUp } from "./support/setting.ts";
import { byteCache, mapCache } from "./support/stores.ts";

const CONTEXT = { id: "key" };

/** What another process gets from the backup for a value that this one has loaded. Rejects if it cannot be kept. */
async function throughBackup(value: unknown, codec?: Codec): Promise<unknown> {
  const { datastore, another } = setUp({ codec });
  await datastore.set("key", value);
  return another({ cache: mapCache() }).get("key", failing());
}

const structuredThroughBackup = (value: unknown): Promise<unknown> => throughBackup(value, structuredCodec);
const jsonThroughBackup = (value: unknown): Promise<unknown> => throughBackup(value, jsonCodec);

const cycle: Record<string, unknown> = { name: "cycle" };
cycle["self"] = cycle;
cycle["list"] = [cycle, { back: cycle }];

function nest(depth: number): unknown {
  return depth === 0 ? "core" : [nest(depth - 1)];
}

const KEPT: Readonly<Record<string, unknown>> = {
  "a Date": new Date(1_700_000_000_000),
  "a Date that is none": new Date(NaN),
  "a Map": new Map<unknown, unknown>([["a", 1], [{ key: true }, new Date(0)]]),
  "a Set": new Set([1, "1", NaN, undefined]),
  "a BigInt": 2n ** 200n,
  "a RegExp": /a+b/giu,
  "an Error": new RangeError("out of range"),
  "a Buffer": Buffer.from([0, 1, 255]),
  "a Uint8Array": Uint8Array.of(0, 1, 255),
  "a Float64Array": Float64Array.of(-0, NaN, Infinity),
  "a BigInt64Array": BigInt64Array.of(-1n, 2n ** 62n),
  "an ArrayBuffer": Uint8Array.of(1, 2, 3).buffer,
  "a DataView": new DataView(Uint8Array.of(1, 2, 3, 4).buffer, 1, 2),
  "a boxed number": Object(7),
  "a cycle": cycle,
  "undefined in an object": { there: undefined },
  "undefined in an array": [undefined, 1],
  "an array with a property beside its elements": Object.assign([1, 2], { total: 3 }),
  "a toJSON that is no function": { toJSON: 1 },
  "a nest deeper than JSON is trusted with": nest(150),
  "a hole in an array": [1, , 3], // oxlint-disable-line no-sparse-arrays
  "-0": -0,
  NaN: NaN,
  Infinity: [Infinity, -Infinity],
  null: null,
  "a lone surrogate": "\ud800 and \udfff",
  "an empty string": "",
  "a key __proto__": JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}'),
  "all of it, nested": [{ map: new Map([["set", new Set([new Date(5), 5n, /x/])]]), cycle }, [[[[]]]]],
};

describe("the structured codec", () => {
  it.each(Object.entries(KEPT))("the structured codec keeps %s", async (_, value) => {
    expect(await throughBackup(value)).toStrictEqual(value);
  });

  it("the structured codec is the default", async () => {
    const { datastore, another } = setUp();
    await datastore.set("key", new Date(5));
    expect(await another({ cache: mapCache(), codec: structuredCodec }).get("key", failing())).toEqual(new Date(5));
  });

  it("the structured codec keeps what is one object in two places one object", async () => {
    const shared = { name: "shared" };
    const copy = (await throughBackup([shared, shared])) as readonly unknown[];
    expect(copy[0]).toBe(copy[1]);
  });

  it("the structured codec writes JSON where JSON carries the value as it is, and reads both", () => {
    const plain = { name: "café", list: [1, null, { deep: true }] };
    expect(Buffer.from(structuredCodec.encode(plain, CONTEXT)).toString()).toBe(JSON.stringify(plain));
    expect(structuredCodec.decode(serialize(plain), CONTEXT)).toEqual(plain);
  });

  it("the structured codec keeps any structured value", async () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      withBoxedValues: true,
      withNullPrototype: false,
      maxDepth: 4,
    });
    await fc.assert(
      fc.asyncProperty(
        anything.filter((value) => value !== undefined),
        async (value) => {
          expect(await structuredThroughBackup(value)).toStrictEqual(value);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("the structured codec takes objects without a prototype, as parsers of query strings and GraphQL make them", async () => {
    const bare: Record<string, unknown> = Object.assign(Object.create(null), { a: 1, list: [Object.assign(Object.create(null), { b: 2 })] });
    expect(await throughBackup(bare)).toEqual({ a: 1, list: [{ b: 2 }] });
    expect(await throughBackup({ groups: "ab".match(/(?<first>a)/)?.groups })).toEqual({ groups: { first: "a" } });
  });

  it("the structured codec takes objects without a prototype inside a Map and a Set", async () => {
    const bare: unknown = Object.assign(Object.create(null), { a: 1 });
    expect(await throughBackup(new Map([["bare", bare]]))).toEqual(new Map([["bare", { a: 1 }]]));
    expect(await throughBackup(new Set([bare]))).toEqual(new Set([{ a: 1 }]));
  });

  it("the structured codec takes objects without a prototype that go round in a circle", async () => {
    const bare: Record<string, unknown> = Object.create(null);
    bare["self"] = bare;
    const copy = (await throughBackup(bare)) as Record<string, unknown>;
    expect(copy["self"]).toBe(copy);
  });

  it("the structured codec takes what is nested a thousand deep", async () => {
    let value: unknown = "core";
    for (let depth = 0; depth < 1_000; depth++) value = { value };
    expect(await throughBackup(value)).toStrictEqual(value);
  });

  class User {
    readonly name = "Ada";
  }

  it.each<readonly [string, unknown, RegExp]>([
    ["an object of a class", new User(), /value is .*User/],
    ["an object of a class, deep inside", { users: [{ user: new User() }] }, /value\.users\[0\]\.user .*User/],
    ["a URL", { home: new URL("https://example.org") }, /value\.home .*URL/],
    ["a function", { run: () => 1 }, /1|run|=>/],
    ["a symbol", { id: Symbol("id") }, /Symbol|symbol/],
    ["a symbol for a key", { [Symbol("id")]: 1 }, /value.*symbol/],
    ["a promise", { later: Promise.resolve(1) }, /Promise/],
    ["a WeakMap", new WeakMap(), /WeakMap/],
    ["an object of a class in a Map", new Map([["user", new User()]]), /value.*/],
    ["an object of a class in a Set", new Set([new User()]), /value.*/],
    ["an object with a prototype of its own", Object.create({ inherited: 1 }), /value/],
    ["an error of a class of its own", new (class HttpError extends Error {})("404"), /value.*HttpError/],
    ["what an error carries", Object.assign(new Error("no"), { status: 404 }), /value/],
  ])("refuses %s, and says where it is", async (_, value, message) => {
    const error = await rejectionOf(throughBackup(value));
    expect(error).toMatchObject({ name: "DatastoreError", code: "UNSERIALIZABLE" });
    expect(String(error)).toMatch(message);
  });

  it("the structured codec refuses what is nested too deep, and get answers with it all the same", async () => {
    let value: unknown = "core";
    for (let depth = 0; depth < 100_000; depth++) value = { value };
    const { datastore, told } = setUp();
    expect(await datastore.get("key", () => value)).toBe(value);
    expect(told.of("backupFailed")).toMatchObject([{ operation: "encode", error: { code: "UNSERIALIZABLE" } }]);
  });

  it("the structured codec takes for JSON only what begins as JSON does: what bun serialises begins otherwise than what V8 does", () => {
    expect(() => structuredCodec.decode(Buffer.of(0x0e, 0, 0, 0), CONTEXT)).toThrow(/deserialize/);
  });

  it("the structured codec runs nothing that it finds in the bytes", () => {
    const bytes = structuredCodec.encode(JSON.parse('{"__proto__": {"polluted": 1}}'), CONTEXT);
    structuredCodec.decode(bytes, CONTEXT);
    expect("polluted" in {}).toBe(false);
  });
});

describe("the JSON codec", () => {
  it.each([[{ a: [1, "two", null, true, { b: {} }] }], ["text"], [0], [null], [[]], [JSON.parse('{"__proto__": 1}')]].map(([value]: readonly unknown[]) => ({ value })))(
    "keeps $value",
    async ({ value }) => {
      expect(await jsonThroughBackup(value)).toStrictEqual(value);
    },
  );

  it("the JSON codec writes UTF-8 JSON that other programs read", () => {
    expect(Buffer.from(jsonCodec.encode({ a: "ü" }, CONTEXT)).toString()).toBe('{"a":"ü"}');
  });

  it("the JSON codec keeps whatever is JSON", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        expect(await jsonThroughBackup(value)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 300 },
    );
  });

  it("the JSON codec may lose a property whose value is undefined", async () => {
    expect(await jsonThroughBackup({ a: 1, b: undefined })).toEqual({ a: 1 });
  });

  it.each<readonly [string, unknown, RegExp]>([
    ["a Date", { at: new Date(0) }, /value\.at .*Date/],
    ["NaN", { share: NaN }, /value\.share/],
    ["Infinity", [Infinity], /value\[0\]/],
    ["a Map", { map: new Map() }, /value\.map .*Map/],
    ["a BigInt", 1n, /BigInt/],
    ["a Buffer", { bytes: Buffer.of(1) }, /value\.bytes/],
    ["undefined in an array", [1, undefined], /value\[1\]/],
    ["a function", () => 1, /function/],
    ["a function in an object", { run: () => 1 }, /value\.run.*function/],
    ["a cycle", cycle, /circular/],
    ["an object that writes itself", { toJSON: () => "other" }, /value/],
    ["a URL", [new URL("https://example.org")], /value\[0\].*URL/],
  ])("refuses %s, and says where it is", async (_, value, message) => {
    const error = await rejectionOf(jsonThroughBackup(value));
    expect(error).toMatchObject({ name: "DatastoreError", code: "UNSERIALIZABLE" });
    expect(String(error)).toMatch(message);
  });
});

describe("a codec", () => {
  it("a codec of another name does not read the record: it is absent, an event, and stays", async () => {
    const { datastore, another } = setUp({ codec: jsonCodec });
    await datastore.set("key", { a: 1 });
    const elsewhere = another({ cache: mapCache(), codec: structuredCodec });
    const error = new Error("the source is down");
    expect(await rejectionOf(elsewhere.get("key", failing(error)))).toBe(error);
    expect(await datastore.peekBackup("key")).toMatchObject({ value: { a: 1 } });
  });

  it("a codec of another name does not read a cache either: it loads", async () => {
    const { datastore, another } = setUp({ cache: byteCache(), codec: jsonCodec });
    await datastore.set("key", { a: 1 });
    expect(await another({ codec: structuredCodec }).get("key", () => "loaded")).toBe("loaded");
  });

  it("a codec of the user's own may do what the others cannot, and is given the record's id", async () => {
    const ids: string[] = [];
    const urls: Codec = {
      name: "url",
      encode: (value, { id }) => (ids.push(id), Buffer.from(String(value))),
      decode: (bytes, { id }) => (ids.push(id), Buffer.from(bytes).toString()),
    };
    expect(await throughBackup("https://example.org", urls)).toBe("https://example.org");
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).toMatch(/^[a-z0-9_-]{1,100}$/);
  });

  it("a codec that cannot decode what it finds leaves it absent", async () => {
    const { datastore, another, told } = setUp({ codec: jsonCodec });
    await datastore.set("key", 1);
    const moody: Codec = {
      ...jsonCodec,
      decode() {
        throw new Error("no");
      },
    };
    const error = new Error("the source is down");
    expect(await rejectionOf(another({ cache: mapCache(), codec: moody }).get("key", failing(error)))).toBe(error);
    expect(told.of("backupCorrupt")).toEqual([]);
  });

  it("a codec that does not give back what it was given is found out on the first good day", async () => {
    const lossy: Codec = { name: "lossy", encode: () => Buffer.of(1), decode: () => "something else" };
    const { datastore, told } = setUp({ codec: lossy });
    expect(await datastore.get("key", () => ({ a: 1 }))).toEqual({ a: 1 });
    expect(told.of("backupFailed")).toMatchObject([{ operation: "encode", error: { code: "UNSERIALIZABLE" } }]);
  });

  it("sees the value as it was loaded, not as the caller changes it afterwards", async () => {
    const { datastore, backup } = setUp({ backupWait: 0 });
    backup.fails("write", async (real) => real());
    const value = await datastore.get("key", () => ({ price: 1 }));
    value.price = 2;
    await datastore.flush();
    expect(await datastore.peekBackup("key")).toMatchObject({ value: { price: 1 } });
  });
});
