import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { flaky } from "@lastgood/adapter-tests";
import { fsBackup } from "@lastgood/backup-fs";
import { memoryCache } from "@lastgood/cache-memory";
import { Datastore, encryptedCodec } from "@lastgood/core";
import { manualClock, memoryBackup } from "@lastgood/core/testing";

/** @param {string} name */
async function newDirectory(name) {
  const directory = await mkdtemp(join(tmpdir(), `lastgood-${name}-`));
  after(() => rm(directory, { recursive: true }));
  return directory;
}

const profile = async () => ({ mail: "ada@example.org" });

/** @returns {Promise<never>} */
async function down() {
  throw new Error("the source is down");
}

/** @param {string} directory @param {string} text @returns {Promise<boolean>} Whether the text stands in a file, or in the name of one. */
async function holds(directory, text) {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const contents = await Promise.all(entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => readFile(join(parentPath, name), "latin1")));
  return [...contents, ...entries.map(({ name }) => name)].some((each) => each.includes(text));
}

test("clear() of a person's namespace deletes every value at once, and the mark with the key an hour later", async () => {
  const directory = await newDirectory("erasing");
  const clock = manualClock();
  const datastore = new Datastore({ cache: memoryCache(), backup: fsBackup(directory), clock });
  const person = datastore.namespace("person-7"); // every key of this person, and no other
  await person.get("profile", profile, "1h");
  await person.get("orders", async () => ["a book"], "1h");
  assert.ok(await holds(directory, "ada@example.org"));

  assert.deepEqual(await person.clear(), { deleted: 2 });
  await datastore.flush();
  assert.equal(await holds(directory, "ada@example.org"), false);
  assert.equal(await person.peek("profile"), undefined);

  assert.ok(await holds(directory, "person-7")); // of the key, so put no name or address into one
  clock.advance(2 * 60 * 60_000);
  await datastore.cull({ force: true });
  assert.equal(await holds(directory, "person-7"), false);
  await datastore.close();
});

test("a load that was running when the person was erased keeps nothing", async () => {
  const datastore = new Datastore({ cache: memoryCache(), backup: memoryBackup() });
  const running = datastore.get("person:7", async () => {
    await datastore.delete("person:7"); // by anybody, while the source is asked
    return profile();
  });
  assert.deepEqual(await running, await profile()); // its own caller has the value
  await datastore.flush();
  assert.equal(await datastore.peek("person:7"), undefined);
});

test("with several backups, delete resolves when one has forgotten, and flush when all have", async () => {
  let isDown = false;
  const second = flaky(memoryBackup(), () => (isDown ? "throw" : undefined));
  const datastore = new Datastore({ cache: memoryCache(), backup: [memoryBackup(), second], backupCopies: 2 });
  await datastore.get("person:7", profile);
  isDown = true;
  await datastore.delete("person:7");
  await assert.rejects(datastore.flush(), { code: "NOT_DURABLE" }); // somebody still has it
  isDown = false;
  await datastore.flush();
  assert.equal(await datastore.peek("person:7"), undefined);
});

test("with a key of encryption for each person, its loss erases every copy that was ever made", async () => {
  const directory = await newDirectory("erasing");
  const snapshot = await newDirectory("snapshot");
  const secrets = new Map([["person-7", randomBytes(32)]]);
  const withPerson = async (/** @type {string} */ id, /** @type {string} */ place, /** @type {(datastore: Datastore) => Promise<void>} */ work) => {
    const codec = encryptedCodec({ keys: [{ id, secret: secrets.get(id) ?? randomBytes(32) }] });
    const datastore = new Datastore({ cache: memoryCache(), backup: fsBackup(place), codec });
    await work(datastore);
    await datastore.close();
  };
  await withPerson("person-7", directory, async (datastore) => void (await datastore.get("person-7/profile", profile)));
  await cp(directory, snapshot, { recursive: true }); // nobody can take this one back

  await withPerson("person-7", snapshot, async (datastore) => assert.deepEqual(await datastore.get("person-7/profile", down), await profile()));
  secrets.delete("person-7");
  await withPerson("person-7", snapshot, (datastore) => assert.rejects(datastore.get("person-7/profile", down), { message: "the source is down" }));
});
