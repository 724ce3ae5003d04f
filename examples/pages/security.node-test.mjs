import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { crc32 } from "node:zlib";
import { fsBackup } from "@lastgood/backup-fs";
import { memoryCache } from "@lastgood/cache-memory";
import { Datastore, encryptedCodec, structuredCodec } from "@lastgood/core";
import { manualClock } from "@lastgood/core/testing";

const codec = encryptedCodec({ keys: [{ id: "2031", secret: randomBytes(32) }] });

/** @returns {Promise<never>} */
async function down() {
  throw new Error("the source is down");
}

/** A directory of backups, of which somebody else can change every file. */
async function openStore() {
  const directory = await mkdtemp(join(tmpdir(), "lastgood-security-"));
  after(() => rm(directory, { recursive: true }));
  const clock = manualClock();
  const open = (/** @type {Partial<import("@lastgood/core").DatastoreOptions>} */ options = {}) =>
    new Datastore({ cache: memoryCache(), backup: fsBackup(directory), codec, clock, ...options });
  return {
    /** What a get answers in an outage. @param {string} key @param {Parameters<typeof open>[0]} [options] */
    async inAnOutage(key, options) {
      const datastore = open(options);
      const outcome = await datastore.getResult(key, down).then(
        ({ value, age }) => ({ value, age }),
        (/** @type {Error} */ { message }) => ({ error: message }),
      );
      await datastore.close();
      return outcome;
    },
    /** Loads a value and closes, as a process does that ends. @param {string} key @param {unknown} value @param {Parameters<typeof open>[0]} [options] */
    async keep(key, value, options) {
      clock.advance(60_000);
      const datastore = open(options);
      await datastore.get(key, async () => value, { refresh: true });
      await datastore.close();
    },
    /** The records of a key, the newest last. @param {string} key */
    async files(key) {
      const entries = await readdir(directory, { recursive: true, withFileTypes: true });
      const paths = entries.filter((entry) => entry.isFile() && entry.name.startsWith(`${key}-`)).map(({ parentPath, name }) => join(parentPath, name));
      return paths.sort();
    },
  };
}

test("a reader of the store sees the key of a record and its times, and not its value", async () => {
  const store = await openStore();
  await store.keep("salary", { amount: "ninety thousand" });
  const [file = ""] = await store.files("salary");
  const bytes = await readFile(file, "latin1");
  assert.ok(bytes.includes("salary"));
  assert.equal(bytes.includes("ninety thousand"), false);
});

test("a record that somebody has moved to another key is refused", async () => {
  const store = await openStore();
  await store.keep("clerk", { limit: 100 });
  await store.keep("boss", { limit: 1_000_000 });
  const [clerks = ""] = await store.files("clerk");
  const [bosses = ""] = await store.files("boss");
  await writeFile(clerks, await readFile(bosses));
  assert.deepEqual(await store.inAnOutage("clerk"), { error: "the source is down" });
});

test("a record with a changed time is refused, though its checksum is right, and the one before it stands in", async () => {
  const store = await openStore();
  await store.keep("rates", { EUR: 1 });
  await store.keep("rates", { EUR: 2 });
  const newest = (await store.files("rates")).at(-1) ?? "";
  const bytes = await readFile(newest);
  bytes.writeDoubleLE(bytes.readDoubleLE(18) + 30_000, 18); // when it was loaded
  bytes.writeUInt32LE(crc32(bytes.subarray(0, -4)), bytes.length - 4); // anybody can compute a checksum
  await writeFile(newest, bytes);
  assert.deepEqual(await store.inAnOutage("rates"), { value: { EUR: 1 }, age: 60_000 });
});

test("an older record of the same key can be put back, and says how old it is", async () => {
  const store = await openStore();
  await store.keep("rates", { EUR: 1 });
  const [file = ""] = await store.files("rates");
  const older = await readFile(file);
  await store.keep("rates", { EUR: 2 });
  for (const each of await store.files("rates")) await writeFile(each, older);
  assert.deepEqual(await store.inAnOutage("rates"), { value: { EUR: 1 }, age: 60_000 });
});

test("a record without encryption is refused, unless its codec is in readable", async () => {
  const store = await openStore();
  await store.keep("rates", { EUR: 666 }, { codec: structuredCodec }); // by whoever can write to the store
  assert.deepEqual(await store.inAnOutage("rates"), { error: "the source is down" });
  assert.deepEqual(await store.inAnOutage("rates", { readable: [structuredCodec] }), { value: { EUR: 666 }, age: 0 });
});
