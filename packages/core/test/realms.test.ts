import { createContext, runInContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { compressedCodec, encryptedCodec, jsonCodec, structuredCodec } from "../src/index.ts";
import { memoryBackup } from "../src/testing.ts";
import { makeRealm } from "./support/realm.ts";
import { failing, idOf, rejectionOf, setUp } from "./support/setting.ts";
import { byteCache, mapCache } from "./support/stores.ts";

const context = createContext({ Buffer });

/** The value of an expression, made in another realm. */
function foreign<T>(code: string): T {
  return runInContext(`(${code})`, context) as T; // each test knows what its code makes
}

// The expression, and what a program in either realm asks of what comes out.
const VALUES: Readonly<Record<string, string>> = {
  "a plain object": "{ a: [1, { b: 'text' }] }",
  "an array": "[1, 'two', [3]]",
  "a Date": "new Date(5)",
  "a Date that is none": "new Date(NaN)",
  "a Map": "new Map([['a', new Date(1)], [{ key: 1 }, new Set([1])]])",
  "a Set": "new Set([1, 'two', new Map()])",
  "a RegExp": "/a+b/giu",
  "an Error": "new Error('no')",
  "a RangeError with a cause": "new RangeError('out of range', { cause: new TypeError('why') })",
  "a BigInt": "{ big: 5n }",
  "a Uint8Array": "Uint8Array.of(1, 2, 255)",
  "a Float64Array": "Float64Array.of(-0, NaN, 1.5)",
  "a BigInt64Array": "BigInt64Array.of(-1n)",
  "an ArrayBuffer": "Uint8Array.of(1, 2, 3).buffer",
  "a DataView": "new DataView(Uint8Array.of(1, 2, 3, 4).buffer, 1, 2)",
  "a Buffer": "Buffer.from('bytes')",
  "a boxed number": "Object(7)",
  "a boxed string": "Object('text')",
  "undefined, NaN and -0": "[undefined, NaN, -0]",
  "a hole in an array": "[1, , 3]",
  "an array with a property beside its elements": "Object.assign([1], { more: new Date(2) })",
  "a cycle": "(() => { const cycle = { at: new Date(3) }; cycle.self = cycle; return cycle; })()",
  "a property __proto__": `Object.assign({ at: new Date(4) }, { list: [JSON.parse('{"__proto__": 1}')] })`,
};

describe("Core in this realm", () => {
  it.each(Object.entries(VALUES))("Core in this realm keeps %s of another realm, and gives it back as one of its own", async (_, code) => {
    const { datastore, another } = setUp({ cache: byteCache() });
    await datastore.set("key", foreign(code));
    const expected: unknown = runInContextOfThis(code);
    expect(await another().get("key", failing())).toStrictEqual(expected);
    expect(await another({ cache: mapCache() }).get("key", failing())).toStrictEqual(expected);
  });

  it.each<readonly [string, string, RegExp]>([
    ["an object of a class", "[new (class User { name = 'Ada' })()]", /value\[0\] is an object of class User/],
    ["a list of a class of its own", "{ rows: new (class Rows extends Array {})() }", /value\.rows is an object of class Rows/],
    ["a Map of a class of its own", "{ map: new (class Registry extends Map {})() }", /value\.map is an object of class Registry/],
    ["a function", "{ run: () => 1 }", /value\.run/],
    ["a promise", "{ later: Promise.resolve() }", /value\.later/],
  ])("refuses %s of another realm as it does its own", async (_, code, message) => {
    const { datastore } = setUp();
    const error = await rejectionOf(datastore.set("key", foreign(code)));
    expect(error).toMatchObject({ code: "UNSERIALIZABLE", message: expect.stringMatching(message) });
  });

  it("Core in this realm takes a loader that resolves with an Error of another realm for one that failed with it", async () => {
    const { datastore } = setUp();
    await datastore.set("key", "good", -1);
    expect(await datastore.get("key", () => foreign("new Error('no')"))).toBe("good");
    const error = foreign<Error>("new TypeError('no')");
    expect(await rejectionOf(datastore.get("other", () => error))).toBe(error);
  });

  it("Core in this realm takes options, a signal, a schema, functions and a promise of another realm", async () => {
    const { datastore } = setUp();
    const signal = foreign<AbortSignal>("{ aborted: false, reason: undefined, addEventListener() {}, removeEventListener() {} }");
    const options = { ...foreign<object>("{ ttl: '5m', validate: { '~standard': { version: 1, vendor: 'x', validate: (value) => ({ value }) } } }"), signal };
    expect(await datastore.get("key", foreign<() => Promise<number>>("async () => 7"), options)).toBe(7);
    expect(await datastore.get("array", foreign<() => number[]>("() => [1]"), foreign<object>("Object.create(null, { ttl: { value: 5000, enumerable: true } })"))).toEqual([1]);
  });

  it("Core in this realm takes a secret whose bytes are of another realm", () => {
    const codec = encryptedCodec({ keys: [{ id: "a", secret: foreign("new Uint8Array(32)") }], codec: compressedCodec() });
    expect(codec.decode(codec.encode([1], { id: "key" }), { id: "key" })).toEqual([1]);
  });

  it("Core in this realm takes bytes of another realm from a codec of the user's own", async () => {
    const { datastore } = setUp({ codec: { ...jsonCodec, encode: () => foreign("Uint8Array.of(55)") } });
    await datastore.set("key", 7);
    expect(await datastore.peekBackup("key")).toMatchObject({ value: 7 });
  });
});

describe("Core inside another realm, as under Jest", () => {
  const realm = makeRealm();
  const codecs = { structured: "v8", json: "json", "compressed structured": "v8+deflate" };

  /** What a program in the realm gets from the backup for a value that it has loaded, and what it thinks of it. */
  async function throughBackup(code: string): Promise<{ readonly value: unknown; readonly copy: unknown }> {
    const backup = memoryBackup();
    const { Datastore } = realm.core;
    const value = realm.run<unknown>(`(${code})`);
    const datastore = new Datastore({ cache: byteCache(), backup });
    await datastore.set("key", value);
    const copy = await new Datastore({ cache: mapCache(), backup }).get("key", failing());
    return { value, copy };
  }

  it.each(Object.entries(VALUES))("Core inside another realm, as under Jest keeps %s, and gives it back as one of its realm", async (_, code) => {
    const { value, copy } = await throughBackup(code);
    expect(classesOf(copy)).toEqual(classesOf(value));
  });

  it.each(Object.entries(VALUES))("Core inside another realm, as under Jest keeps %s that Node or another realm has made", async (_, code) => {
    const { Datastore } = realm.core;
    const backup = memoryBackup();
    await new Datastore({ cache: mapCache(), backup }).set("key", runInContextOfThis(code));
    const copy = await new Datastore({ cache: mapCache(), backup }).get("key", failing());
    expect(classesOf(copy)).toEqual(classesOf(realm.run(`(${code})`)));
  });

  it.each(Object.entries(codecs))("Core inside another realm, as under Jest has the codec %s", (_, name) => {
    const { structuredCodec: structured, jsonCodec: json, compressedCodec: compressed } = realm.core;
    const codec = [structured, json, compressed()].find((each) => each.name === name);
    expect(codec?.decode(codec.encode([1], { id: "key" }), { id: "key" })).toEqual(realm.run("[1]"));
  });

  it("Core inside another realm, as under Jest refuses an object of a class, and says where it is", async () => {
    await expect(throughBackup("{ list: [new (class User {})()] }")).rejects.toMatchObject({ code: "UNSERIALIZABLE", path: "value.list[0]" });
  });

  it("Core inside another realm, as under Jest refuses wrong options with the errors of its realm", () => {
    const { Datastore } = realm.core;
    const make = (): unknown => new Datastore({ cache: mapCache(), backup: memoryBackup(), timeout: -1 });
    expect(() => make()).toThrow(/timeout/);
    try {
      make();
    } catch (error) {
      expect(Object.getPrototypeOf(error)).toBe(realm.run("RangeError.prototype"));
    }
  });
});

describe("A value from a backup", () => {
  const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(7);

  it.each<readonly [string, (length: number) => unknown, (value: never) => ArrayBufferLike]>([
    ["a Uint8Array", bytes, (value: Uint8Array) => value.buffer],
    ["a Buffer", (length) => Buffer.alloc(length, 7), (value: Buffer) => value.buffer],
    ["a Uint16Array", (length) => new Uint16Array(bytes(length * 2).buffer), (value: Uint16Array) => value.buffer],
    ["a Float64Array", (length) => new Float64Array(length), (value: Float64Array) => value.buffer],
    ["a DataView", (length) => new DataView(bytes(length).buffer), (value: DataView) => value.buffer],
    ["an ArrayBuffer", (length) => bytes(length).buffer, (value: ArrayBuffer) => value],
    ["a typed array in a Map in a list", (length) => [new Map([["a", bytes(length)]])], ([map]: [Map<string, Uint8Array>]) => map.get("a")?.buffer ?? new ArrayBuffer(0)],
  ])("shares no memory with the store, a pool or another value: %s", async (_, make, bufferOf) => {
    for (const codec of [structuredCodec, compressedCodec({ threshold: 0 }), encryptedCodec({ keys: [{ id: "a", secret: bytes(32) }] })]) {
      for (const length of [1, 3, 16, 5_000]) {
        const cache = byteCache();
        const { datastore, another } = setUp({ codec, cache });
        await datastore.set("key", make(length));
        const expected = (bufferOf as (value: unknown) => ArrayBufferLike)(make(length)).byteLength; // each is called with what its make has made
        for (const reader of [another(), another({ cache: mapCache() })]) {
          const value = await reader.get("key", failing());
          const buffer = (bufferOf as (value: unknown) => ArrayBufferLike)(value);
          expect(buffer.byteLength).toBe(expected);
          new Uint8Array(buffer).fill(0);
        }
        expect(await another({ cache: mapCache() }).get("key", failing())).toStrictEqual(make(length));
      }
    }
  });

  const asItIs = { name: "bytes", encode: (value: unknown) => value as Uint8Array, decode: (read: Uint8Array) => new Uint8Array(read.buffer, read.byteOffset, read.length) }; // a codec for bytes alone

  it("A value from a backup shares no memory with the store, the loaded value or a write under way, though its codec hands bytes through as they are", async () => {
    const { datastore, another, backup } = setUp({ codec: asItIs, backupWait: 0 });
    backup.fails("write", async (real) => real());
    const value = await datastore.get("key", () => bytes(10));
    value.fill(1);
    await datastore.flush();
    const read = await another({ cache: mapCache() }).get<Uint8Array>("key", failing());
    expect([...read]).toEqual([...bytes(10)]);
    read.fill(2);
    expect(Array.from(await another({ cache: mapCache() }).get<Uint8Array>("key", failing()))).toEqual([...bytes(10)]);
    expect(backup.count("write", idOf("key"))).toBe(1);
  });
});

function runInContextOfThis(code: string): unknown {
  return new Function("Buffer", `return (${code})`)(Buffer) as unknown; // in this realm
}

/** What a value is, told in plain text: the prototype of each part by its name and identity. */
function classesOf(value: unknown, seen: readonly unknown[] = []): unknown {
  if (typeof value !== "object" || value === null) return Object.is(value, -0) ? "-0" : String(value);
  if (seen.includes(value)) return `the part ${seen.indexOf(value)}`;
  const within = [...seen, value];
  const names = value instanceof Uint8Array || ArrayBuffer.isView(value) ? [] : Object.getOwnPropertyNames(value).filter((name) => name !== "stack");
  const properties = names.map((name) => [name, classesOf(Reflect.get(value, name), within)]);
  const members = isIterable(value) ? Array.from(value, (member) => classesOf(member, within)) : [];
  const prototype: unknown = Object.getPrototypeOf(value);
  return { prototype: numberOf(prototype), text: isDate(value) ? String(Number(value)) : String(Reflect.get(value, "source") ?? ""), properties, members };
}

const numbers = new Map<unknown, number>();

/** A number that stands for an object: to compare prototypes part by part would call what is in them. */
function numberOf(object: unknown): number {
  if (!numbers.has(object)) numbers.set(object, numbers.size);
  return numbers.get(object) ?? 0;
}

function isIterable(value: object): value is Iterable<unknown> {
  return Symbol.iterator in value && !Array.isArray(value);
}

function isDate(value: object): boolean {
  return Object.prototype.toString.call(value) === "[object Date]";
}

it("fail() in a loader rejects with the error of another realm that it was handed, and not with a copy", async () => {
  const { datastore } = setUp();
  const error = foreign<Error>("new RangeError('no')");
  expect(await rejectionOf(datastore.get("key", ({ fail }) => fail(error)))).toBe(error);
});
