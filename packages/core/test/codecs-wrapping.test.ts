import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { compressedCodec, encryptedCodec, jsonCodec } from "../src/index.ts";
import { failing, idOf, rejectionOf, setUp } from "./support/setting.ts";
import { byteCache, mapCache } from "./support/stores.ts";

const CONTEXT = { id: "key" };
const page = { html: "<p>the same again</p>".repeat(1_000), at: new Date(5), seen: new Set([1n]) };

describe("the compressing codec", () => {
  it("the compressing codec gives back what it was given, through the backup and through a cache of bytes", async () => {
    const { datastore, another } = setUp({ codec: compressedCodec(), cache: byteCache() });
    await datastore.set("key", page);
    expect(await another().getResult("key", failing())).toMatchObject({ value: page, source: "cache" });
    expect(await another({ cache: mapCache() }).getResult("key", failing())).toMatchObject({ value: page, source: "backup" });
  });

  it("the compressing codec makes records smaller that are worth it", async () => {
    const { datastore, told } = setUp({ codec: compressedCodec() });
    await datastore.set("key", page);
    expect(told.of("backupWritten")[0]?.size).toBeLessThan(2_000);
  });

  it("the compressing codec leaves alone what is under its threshold, and reads both whatever the threshold is now", () => {
    const always = compressedCodec({ threshold: 0 });
    const never = compressedCodec({ threshold: 1_000_000 });
    const text = "a".repeat(2_000);
    expect(always.encode(text, CONTEXT).length).toBeLessThan(200);
    expect(never.encode(text, CONTEXT).length).toBeGreaterThan(2_000);
    expect(compressedCodec().encode("a".repeat(500), CONTEXT).length).toBeGreaterThan(500);
    expect(compressedCodec().encode(text, CONTEXT).length).toBeLessThan(200);
    for (const [writer, reader] of [[always, never], [never, always]] as const) expect(reader.decode(writer.encode(text, CONTEXT), CONTEXT)).toBe(text);
  });

  it("the compressing codec refuses a bomb: a record that would unpack to more than maxBytes does not fill the memory, and counts as absent", async () => {
    const small = compressedCodec({ maxBytes: 10_000 });
    const bomb = Buffer.concat([Buffer.of(1), deflateRawSync(Buffer.alloc(64 * 1024 * 1024))]);
    expect(bomb.length).toBeLessThan(100_000);
    expect(() => small.decode(bomb, CONTEXT)).toThrow(RangeError);

    // As a record in the store, of a writer that allowed itself more.
    const { datastore, another } = setUp({ codec: compressedCodec({ codec: jsonCodec }) });
    await datastore.set("key", "x".repeat(100_000));
    const error = new Error("the source is down");
    const reader = another({ cache: mapCache(), codec: compressedCodec({ codec: jsonCodec, maxBytes: 10_000 }) });
    expect(await rejectionOf(reader.get("key", failing(error)))).toBe(error);
    expect(await another({ cache: mapCache() }).get("key", failing())).toHaveLength(100_000);
  });

  it("the compressing codec does not write what it would refuse to read", async () => {
    const { datastore, told } = setUp({ codec: compressedCodec({ maxBytes: 10_000 }) });
    expect(await datastore.get("key", () => "x".repeat(10_001))).toHaveLength(10_001);
    expect(told.of("backupFailed")).toMatchObject([{ operation: "encode", error: { code: "UNSERIALIZABLE" } }]);
    expect(String(told.of("backupFailed")[0]?.error)).toContain("maxBytes");
    await datastore.set("key", "x".repeat(9_000));
  });

  it("the compressing codec has a name of its own, so that no other codec reads its records", async () => {
    expect(compressedCodec().name).toBe("v8+deflate");
    expect(compressedCodec({ codec: jsonCodec }).name).toBe("json+deflate");
    const { datastore, another } = setUp({ codec: compressedCodec() });
    await datastore.set("key", page);
    expect(await rejectionOf(another({ cache: mapCache(), codec: compressedCodec({ codec: jsonCodec }) }).get("key", failing("down")))).toBe("down");
  });

  it.each([
    [{ threshold: "1k" as never }, TypeError],
    [{ threshold: -1 }, RangeError],
    [{ threshold: 0.5 }, RangeError],
    [{ maxBytes: 0 }, RangeError],
    [{ maxBytes: NaN }, RangeError],
  ])("refuses %j, and names the option", (options, kind) => {
    expect(() => compressedCodec(options)).toThrow(kind);
    expect(() => compressedCodec(options)).toThrow(Object.keys(options)[0]);
  });
});

describe("the encrypting codec", () => {
  const old = { id: "2030", secret: new Uint8Array(32).fill(1) };
  const current = { id: "2031", secret: new Uint8Array(32).fill(2) };

  it("the encrypting codec gives back what it was given, compressed or not", async () => {
    for (const codec of [encryptedCodec({ keys: [current] }), encryptedCodec({ keys: [current], codec: compressedCodec() })]) {
      const { datastore, another } = setUp({ codec, cache: byteCache() });
      await datastore.set("key", page);
      expect(await another().getResult("key", failing())).toMatchObject({ value: page, source: "cache" });
      expect(await another({ cache: mapCache() }).get("key", failing())).toEqual(page);
    }
  });

  it("the encrypting codec lets no value be seen in a record, and no two records of one value be alike", () => {
    const codec = encryptedCodec({ keys: [current] });
    const [one, two] = [codec.encode("a secret", CONTEXT), codec.encode("a secret", CONTEXT)];
    expect(Buffer.from(one).includes("secret")).toBe(false);
    expect(Buffer.from(one).equals(two)).toBe(false);
  });

  it("rotates: the first key encrypts, all of them decrypt, and one that is gone decrypts no more", async () => {
    const { datastore, another, clock } = setUp({ codec: encryptedCodec({ keys: [old] }) });
    await datastore.set("key", "of the old key");
    clock.advance(1);
    const rotated = another({ cache: mapCache(), codec: encryptedCodec({ keys: [current, old] }) });
    expect(await rotated.get("key", failing())).toBe("of the old key");
    await rotated.set("key", "of the new key");
    const without = another({ cache: mapCache(), codec: encryptedCodec({ keys: [current] }) });
    expect(await without.get("key", failing())).toBe("of the new key");
    expect(await another({ cache: mapCache() }).get("key", failing())).toBe("of the old key"); // the generation before is all that it can read
    const never = another({ cache: mapCache(), codec: encryptedCodec({ keys: [{ id: "x", secret: new Uint8Array(32) }] }) });
    expect(await rejectionOf(never.get("key", failing("down")))).toBe("down");
  });

  it("binds a record to its id: the bytes of one key do not open under another", () => {
    const codec = encryptedCodec({ keys: [current] });
    const bytes = codec.encode("a secret", { id: "mine" });
    expect(codec.decode(bytes, { id: "mine" })).toBe("a secret");
    expect(() => codec.decode(bytes, { id: "yours" })).toThrow();
  });

  it("binds a record to the id of its encryption key", () => {
    const twin = { id: "twin", secret: current.secret };
    const bytes = Buffer.from(encryptedCodec({ keys: [current] }).encode("a secret", CONTEXT));
    bytes.write("twin", 1, "latin1"); // as long as "2031"
    expect(() => encryptedCodec({ keys: [current, twin] }).decode(bytes, CONTEXT)).toThrow();
  });

  it("opens no record with one bit flipped, or cut short, wherever that is", () => {
    const codec = encryptedCodec({ keys: [current] });
    const bytes = codec.encode("a secret", CONTEXT);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = new Uint8Array(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => codec.decode(flipped, CONTEXT)).toThrow();
    }
    for (let length = 0; length < bytes.length; length++) expect(() => codec.decode(bytes.subarray(0, length), CONTEXT)).toThrow();
  });

  it("the encrypting codec is not read by a datastore without the key, and the record stays", async () => {
    const { datastore, another, backup } = setUp({ codec: encryptedCodec({ keys: [current] }) });
    await datastore.set("key", "a secret");
    expect(await rejectionOf(another({ cache: mapCache(), codec: encryptedCodec({ keys: [old] }) }).get("key", failing("down")))).toBe("down");
    expect(backup.count("delete", idOf("key"))).toBe(0);
    expect(await another({ cache: mapCache() }).get("key", failing())).toBe("a secret");
  });

  it.each([
    ["no list", undefined, TypeError],
    ["no keys", [], TypeError],
    ["a secret that is no bytes", [{ id: "a", secret: "x".repeat(32) }], TypeError],
    ["a secret of 31 bytes", [{ id: "a", secret: new Uint8Array(31) }], RangeError],
    ["an id that is empty", [{ ...current, id: "" }], RangeError],
    ["an id that is too long", [{ ...current, id: "x".repeat(256) }], RangeError],
    ["an id that is no ASCII", [{ ...current, id: "schlüssel" }], RangeError],
    ["two keys of one id", [current, { ...old, id: current.id }], RangeError],
  ] as const)("refuses %s, and shows no secret", (_, keys, kind) => {
    const make = (): unknown => encryptedCodec({ keys: keys as never }); // mistakes of programs in JavaScript among them
    expect(make).toThrow(kind);
    expect(make).toThrow(/keys/);
    expect(make).not.toThrow(/xxx/);
  });
});
