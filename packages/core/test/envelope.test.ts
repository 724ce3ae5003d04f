import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeEnvelope, encodeEnvelope, type Envelope } from "../src/entry/envelope.ts";
import { structuredCodec } from "../src/index.ts";
import { failing, idOf, MINUTE, rejectionOf, setUp } from "./support/setting.ts";
import { byteCache, mapCache } from "./support/stores.ts";

/** Any string: whole characters, broken ones, none. */
const anyString = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) }));

const anyEnvelope: fc.Arbitrary<Envelope> = fc.record({
  key: anyString,
  codec: fc.string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map((unit) => String.fromCharCode(unit)), minLength: 1, maxLength: 255 }),
  loadedAt: fc.maxSafeNat(),
  expiresAt: fc.oneof(fc.maxSafeNat(), fc.constant(Infinity)),
  stale: fc.boolean(),
  deleted: fc.boolean(),
  metadata: fc.option(fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true }), { nil: undefined }),
  payload: fc.uint8Array({ maxLength: 300 }),
});

function envelope(overrides: Partial<Envelope> = {}): Envelope {
  const payload = structuredCodec.encode({ price: 1 }, { id: "id" });
  return { key: "key", codec: "v8", loadedAt: 1_700_000_000_000, expiresAt: Infinity, stale: false, deleted: false, metadata: undefined, payload, ...overrides };
}

/** Every record that differs from this one by one bit. */
function* flips(record: Uint8Array): Generator<Uint8Array> {
  for (let bit = 0; bit < record.length * 8; bit++) {
    const flipped = new Uint8Array(record);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    yield flipped;
  }
}

/** Every beginning of this record that is not the whole of it. */
function* truncations(record: Uint8Array): Generator<Uint8Array> {
  for (let length = 0; length < record.length; length++) yield record.slice(0, length);
}

describe("an envelope", () => {
  it("an envelope gives back what was put into it, whatever that is", () => {
    fc.assert(
      fc.property(anyEnvelope, (original) => {
        const decoded = decodeEnvelope(encodeEnvelope(original), original.key, original.codec);
        expect(typeof decoded === "string" ? decoded : { ...decoded, payload: new Uint8Array(decoded.payload) }).toStrictEqual({ ...original });
      }),
      { numRuns: 500 },
    );
  });

  it("an envelope is read from the middle of a larger buffer, as stores hand them out", () => {
    const record = encodeEnvelope(envelope());
    const larger = new Uint8Array(record.length + 20).fill(255);
    larger.set(record, 7);
    expect(decodeEnvelope(larger.subarray(7, 7 + record.length), "key", "v8")).toMatchObject({ key: "key", loadedAt: 1_700_000_000_000 });
  });

  it("an envelope is refused with any one bit flipped", () => {
    for (const original of [envelope(), envelope({ key: "\ud800", metadata: { etag: '"1"' }, stale: true, expiresAt: 5 })]) {
      const record = encodeEnvelope(original);
      const accepted = Array.from(flips(record), (flipped) => decodeEnvelope(flipped, original.key, "v8")).filter((outcome) => typeof outcome !== "string");
      expect(accepted).toEqual([]);
    }
  });

  it("an envelope is refused when it is cut short anywhere", () => {
    const record = encodeEnvelope(envelope({ metadata: { etag: '"1"' } }));
    const accepted = Array.from(truncations(record), (cut) => decodeEnvelope(cut, "key", "v8")).filter((outcome) => typeof outcome !== "string");
    expect(accepted).toEqual([]);
  });

  it("an envelope is refused with anything behind it", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 50 }), (more) => {
        expect(decodeEnvelope(Buffer.concat([encodeEnvelope(envelope()), more]), "key", "v8")).toBeTypeOf("string");
      }),
    );
  });

  it("an envelope is not found in bytes that are none", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(decodeEnvelope(bytes, "key", "v8")).toBeTypeOf("string");
      }),
      { numRuns: 500 },
    );
    expect(decodeEnvelope(Buffer.from("<html>".repeat(20)), "key", "v8")).toBe("not a lastgood record");
  });

  it("an envelope is not found where lengths are changed and the checksum is made to fit", () => {
    const record = encodeEnvelope(envelope());
    for (const at of [5, 6, 10, 14]) {
      for (const change of [1, 3, 128, 255]) {
        const forged = Buffer.from(record);
        forged[at] = (forged[at] ?? 0) ^ change;
        forged.writeUInt32LE(crc32(forged.subarray(0, -4)), forged.length - 4);
        expect(decodeEnvelope(forged, "key", "v8"), `length at ${at}`).toBeTypeOf("string");
      }
    }
  });

  it("an envelope of another key is refused", () => {
    expect(decodeEnvelope(encodeEnvelope(envelope()), "other", "v8")).toBe("record of another key");
  });

  it("an envelope of another codec is refused", () => {
    expect(decodeEnvelope(encodeEnvelope(envelope()), "key", "json")).toBe("record of another codec");
  });

  it("an envelope of a newer format is refused, and known as such", () => {
    const record = encodeEnvelope(envelope());
    record[3] = 2;
    record.writeUInt32LE(crc32(record.subarray(0, -4)), record.length - 4);
    expect(decodeEnvelope(record, "key", "v8")).toBe("newer format");
  });

  it("an envelope tells keys apart that differ in lone surrogates alone", () => {
    const record = encodeEnvelope(envelope({ key: "a\ud800" }));
    expect(decodeEnvelope(record, "a\ud800", "v8")).toMatchObject({ key: "a\ud800" });
    expect(decodeEnvelope(record, "a\ud801", "v8")).toBe("record of another key");
    expect(decodeEnvelope(record, "a\ufffd", "v8")).toBe("record of another key");
    expect(decodeEnvelope(encodeEnvelope(envelope({ key: "a\ufffd" })), "a\ud800", "v8")).toBe("record of another key");
  });

  it("an envelope of format 1 is read for ever: these bytes were written by the first release", () => {
    const record = Buffer.from(GOLDEN, "hex");
    const decoded = decodeEnvelope(record, "käy", "v8");
    expect(decoded).toMatchObject({ key: "käy", codec: "v8", loadedAt: 1_700_000_000_000, expiresAt: 1_700_000_300_000, stale: true, metadata: { etag: "1" } });
    expect(typeof decoded === "string" ? decoded : structuredCodec.decode(decoded.payload, { id: "id" })).toEqual({ at: new Date(0), n: 1n });
    expect(encodeEnvelope(decoded as Envelope).equals(record)).toBe(true); // a string would not have passed above
  });
});

const GOLDEN =
  "4c4744010102040000000c0000001f00000000008056febc78420000be9ffebc7842" +
  "76386bc3a4797b2265746167223a2231227dff0f6f22026174440000000000" +
  "00000022016e5a1001000000000000007b0241e43579";

describe("a damaged record", () => {
  it("a damaged record never becomes an answer: not one of all flips and truncations, from the backup", async () => {
    const { datastore, backup, told } = setUp();
    await datastore.set("key", { price: 1 }, 0);
    const record = await backup.adapter.read(idOf("key"));
    const bytes = record?.bytes ?? new Uint8Array();
    const error = new Error("the source is down");
    let answers = 0;
    for (const damaged of [...flips(bytes), ...truncations(bytes)]) {
      told.forget();
      let reads = 0;
      backup.fails("read", () => (reads++ === 0 ? { bytes: damaged, loadedAt: 5 } : undefined));
      await datastore.get("key", failing(error), 0).then(
        () => answers++,
        (reason) => expect(reason).toBe(error),
      );
      expect(told.of("backupCorrupt")).toHaveLength(1);
    }
    expect(answers).toBe(0);
  });

  it("a damaged record never becomes an answer: not one of all flips and truncations, from a cache", async () => {
    const cache = byteCache();
    const { datastore, told } = setUp({ cache });
    await datastore.set("key", { price: 1 });
    const bytes = cache.stored.get(idOf("key")) ?? new Uint8Array();
    let wrong = 0;
    for (const damaged of [...flips(bytes), ...truncations(bytes)]) {
      cache.stored.set(idOf("key"), damaged);
      told.forget();
      const value = await datastore.get<unknown>("key", () => "loaded");
      if (value !== "loaded") wrong++;
      expect(told.of("cacheFailed")).toMatchObject([{ operation: "get", error: { code: "UNREADABLE" } }]);
    }
    expect(wrong).toBe(0);
  });

  it("a damaged record in the backup gives way to the one before it", async () => {
    const { datastore, backup, clock, another } = setUp();
    await datastore.get("key", () => "one", "5m");
    clock.advance(5 * MINUTE);
    await backup.adapter.write(idOf("key"), Buffer.from("damaged"), { loadedAt: clock.now(), usedAt: clock.now() });
    expect(await another({ cache: mapCache() }).get("key", failing())).toBe("one");
  });

  it("a damaged record in a cache is replaced by the next load", async () => {
    const cache = byteCache();
    const { datastore } = setUp({ cache });
    cache.stored.set(idOf("key"), Buffer.from("damaged"));
    await datastore.get("key", () => "loaded");
    expect(await datastore.get("key", failing())).toBe("loaded");
  });

  it("a damaged record of a newer format in the backup is left there", async () => {
    const { datastore, backup, told } = setUp();
    const record = encodeEnvelope(envelope());
    record[3] = 2;
    record.writeUInt32LE(crc32(record.subarray(0, -4)), record.length - 4);
    await backup.adapter.write(idOf("key"), record, { loadedAt: 5, usedAt: 5 });
    await rejectionOf(datastore.get("key", failing()));
    expect(told.of("backupCorrupt")).toEqual([{ key: "key", loadedAt: 5, reason: "newer format" }]);
    expect(backup.adapter.read(idOf("key"))).toBeDefined();
  });
});
