import { createCipheriv, randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type Codec, compressedCodec, type Datastore, type DatastoreOptions, encryptedCodec, type EncryptionKey, jsonCodec, type LoadContext, type NotModified, structuredCodec } from "../src/index.ts";
import { encodeEnvelope } from "../src/entry/envelope.ts";
import { failing, idOf, MINUTE, rejectionOf, setUp } from "./support/setting.ts";
import { turn } from "./support/gate.ts";
import { byteCache, mapCache } from "./support/stores.ts";

const one = { id: "2030", secret: new Uint8Array(32).fill(1) };
const two = { id: "2031", secret: new Uint8Array(32).fill(2) };

const CODECS: Readonly<Record<string, Codec>> = {
  structured: structuredCodec,
  json: jsonCodec,
  "compressed json": compressedCodec({ codec: jsonCodec }),
  "encrypted with one key": encryptedCodec({ keys: [one] }),
  "encrypted with another key": encryptedCodec({ keys: [two] }),
  "compressed and then encrypted": encryptedCodec({ keys: [one], codec: compressedCodec({ threshold: 0 }) }),
  "encrypted and then compressed": compressedCodec({ codec: encryptedCodec({ keys: [one] }), threshold: 0 }),
  "encrypted twice": encryptedCodec({ keys: [two], codec: encryptedCodec({ keys: [one] }) }),
};
const PAIRS = Object.entries(CODECS).flatMap(([from, old]) =>
  Object.entries(CODECS).filter(([to]) => to !== from).map(([to, codec]) => ({ from, to, old, codec })),
);

const vouching = async ({ lastGood, notModified }: LoadContext): Promise<NotModified> => (await lastGood(), notModified());

describe.each(PAIRS)("A store that goes from the codec $from to $to", ({ old, codec }) => {
  it("loses no backup and no cached copy where the old one is readable, and writes with the new one", async () => {
    const { datastore, another, clock, backup } = setUp({ codec: old, cache: byteCache() });
    await datastore.set("key", { a: [1] });
    const now = another({ codec, readable: [old] });
    expect(await now.getResult("key", failing())).toMatchObject({ value: { a: [1] }, source: "cache" });
    clock.advance(MINUTE);
    const later: DatastoreOptions["cache"] = mapCache();
    const restarted = another({ cache: later, codec, readable: [old] });
    expect(await restarted.getResult("key", failing())).toMatchObject({ value: { a: [1] }, source: "backup" });
    await restarted.set("key", { a: [2] });
    expect(await another({ cache: mapCache(), codec }).peekBackup("key")).toMatchObject({ value: { a: [2] } });
    expect(backup.count("delete", idOf("key"))).toBe(0);
  });

  it("rewrites a record of the old one when a loader vouches for it with notModified(), once, and as old as it is", async () => {
    const { datastore, another, backup, clock, start } = setUp({ codec: old });
    await datastore.set("key", { a: [1] });
    const writes = (): number => backup.count("write", idOf("key"));
    const before = writes();
    for (const _ of [1, 2, 3]) {
      clock.advance(MINUTE);
      await another({ cache: mapCache(), codec, readable: [old] }).get("key", vouching);
    }
    expect(writes() - before).toBe(1);
    expect(await another({ cache: mapCache(), codec }).peekBackup("key")).toMatchObject({ value: { a: [1] }, loadedAt: start });
  });

  it("a store does not read the old codec where it is not listed: no record of a weaker codec slips into a store", async () => {
    const { datastore, another } = setUp({ codec: old });
    await datastore.set("key", 7);
    expect(await another({ cache: mapCache(), codec }).peekBackup("key")).toBeUndefined();
  });
});

describe("A record that a loader vouches for with notModified()", () => {
  it("is rewritten with the first encryption key where another key of the list has written it, so that the old key can go", async () => {
    const { datastore, another, backup, clock } = setUp({ codec: encryptedCodec({ keys: [one] }) });
    await datastore.set("key", "a secret");
    clock.advance(MINUTE);
    for (const _ of [1, 2]) await another({ cache: mapCache(), codec: encryptedCodec({ keys: [two, one] }) }).get("key", vouching);
    expect(backup.count("write", idOf("key"))).toBe(2);
    expect(await another({ cache: mapCache(), codec: encryptedCodec({ keys: [two] }) }).peekBackup("key")).toMatchObject({ value: "a secret" });
  });

  it("is rewritten where a codec that wraps an encrypting one has read it under an old key", async () => {
    const codecOf = (...keys: EncryptionKey[]): Codec => compressedCodec({ codec: encryptedCodec({ keys }), threshold: 0 });
    const { datastore, another, clock } = setUp({ codec: codecOf(one) });
    await datastore.set("key", "a secret");
    clock.advance(MINUTE);
    await another({ cache: mapCache(), codec: codecOf(two, one) }).get("key", vouching);
    expect(await another({ cache: mapCache(), codec: codecOf(two) }).peekBackup("key")).toMatchObject({ value: "a secret" });
  });

  it("is rewritten though a newer record of the key is there that cannot be used", async () => {
    const { datastore, another, backup, clock, start } = setUp({ codec: jsonCodec });
    await datastore.set("key", "good");
    await backup.adapter.write(idOf("key"), Buffer.from("damaged"), { loadedAt: start + 1, usedAt: clock.now() });
    clock.advance(MINUTE);
    await another({ cache: mapCache(), readable: [jsonCodec] }).get("key", vouching);
    expect(await another({ cache: mapCache() }).peekBackup("key")).toMatchObject({ value: "good", loadedAt: start });
  });
});

describe("readable", () => {
  it.each([
    [structuredCodec, TypeError],
    [null, TypeError],
    [["json"], TypeError],
    [[jsonCodec, {}], TypeError],
    [[{ ...jsonCodec, name: "" }], RangeError],
  ])("refuses %j, and names the option", (readable, kind) => {
    expect(() => setUp({ readable: readable as never })).toThrow(kind); // mistakes of programs in JavaScript
    expect(() => setUp({ readable: readable as never })).toThrow("readable");
  });
});

async function listed(datastore: Datastore): Promise<unknown[]> {
  const outages: unknown[] = [];
  for await (const outage of datastore.outages()) outages.push(outage);
  return outages;
}

/** The record with one bit flipped and a right checksum, as somebody would make it who can write to the store. */
function forged(record: Uint8Array, bit: number): Buffer {
  const bytes = Buffer.from(record);
  bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
  return bytes;
}

describe("A record of an encrypted store", () => {
  const secrets = [encryptedCodec({ keys: [one] }), compressedCodec({ codec: encryptedCodec({ keys: [one] }) })];

  it.each(secrets.map((codec) => ({ codec, name: codec.name })))("does not open with any bit of it changed, times, flags, notes and key included: $name", async ({ codec }) => {
    const { datastore, another, backup, clock } = setUp({ codec });
    await datastore.get("key", ({ setMeta }) => (setMeta({ etag: "a" }), "a secret"));
    const record = await backup.adapter.read(idOf("key"));
    if (record === undefined) throw new Error("there is no record");
    for (let bit = 0; bit < (record.bytes.length - 4) * 8; bit++) {
      await backup.adapter.delete(idOf("key"));
      await backup.adapter.write(idOf("key"), forged(record.bytes, bit), { loadedAt: record.loadedAt, usedAt: clock.now() });
      expect(await another({ cache: mapCache() }).peekBackup("key")).toBeUndefined();
    }
    await backup.adapter.delete(idOf("key"));
    await backup.adapter.write(idOf("key"), record.bytes, { loadedAt: record.loadedAt, usedAt: clock.now() });
    expect(await another({ cache: mapCache() }).peekBackup("key")).toMatchObject({ value: "a secret", metadata: { etag: "a" } });
  });

  it("is read though an older release has written it, before there were seals", async () => {
    const { another, backup } = setUp({ codec: encryptedCodec({ keys: [one] }) });
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", one.secret, nonce).setAAD(Buffer.from(`${one.id}\n${idOf("key")}`));
    const ciphertext = Buffer.concat([cipher.update(Buffer.from('"a secret"')), cipher.final()]);
    const payload = Buffer.concat([Buffer.of(one.id.length), Buffer.from(one.id), nonce, cipher.getAuthTag(), ciphertext]);
    const bytes = encodeEnvelope({ key: "key", codec: "v8+aes256gcm", loadedAt: 5, expiresAt: Infinity, stale: false, deleted: false, metadata: undefined, payload });
    await backup.adapter.write(idOf("key"), bytes, { loadedAt: 5, usedAt: 5 });
    expect(await another({ cache: mapCache() }).peekBackup("key")).toMatchObject({ value: "a secret" });
  });

  it("is deleted by a tombstone as in any other store", async () => {
    const { datastore, another } = setUp({ codec: encryptedCodec({ keys: [one] }) });
    await datastore.set("key", "a secret");
    await datastore.delete("key");
    expect(await another({ cache: mapCache() }).peekBackup("key")).toBeUndefined();
    expect(await rejectionOf(another({ cache: mapCache() }).get("key", failing("down")))).toBe("down");
  });
});

describe("An outage record of an encrypted store", () => {
  it("has neither the key nor the message in the clear, and is listed for those who have the encryption key", async () => {
    const { datastore, another, backup, clock } = setUp({ codec: encryptedCodec({ keys: [one] }) });
    await datastore.set("user:Ada", "good", "5m");
    clock.advance(6 * MINUTE);
    await datastore.get("user:Ada", failing(new Error("password hunter2 is wrong")));
    await turn();
    const record = await backup.adapter.read(`o_${idOf("user:Ada")}`);
    const text = Buffer.from(record?.bytes ?? []).toString("latin1");
    expect(text.length).toBeGreaterThan(50);
    expect(text).not.toMatch(/hunter2|Ada/);
    const there = await listed(another({ cache: mapCache() }));
    expect(there).toMatchObject([{ key: "user:Ada", error: { message: "password hunter2 is wrong" } }]);
    const without = another({ cache: mapCache(), codec: encryptedCodec({ keys: [two] }) });
    expect(await listed(without)).toEqual([]);
  });
});
