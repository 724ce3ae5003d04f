import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryCache } from "@lastgood/cache-memory";
import { compressedCodec, Datastore, structuredCodec } from "@lastgood/core";
import { memoryBackup } from "@lastgood/core/testing";
import { Money, moneyCodec } from "./money-codec.mjs";

const book = { title: "On Growth and Form", price: new Money(1999n, "EUR") };

/** @returns {Promise<never>} */
async function down() {
  throw new Error("the shop is down");
}

test("what comes back after a restart in an outage is what was loaded, class and all", async () => {
  const backup = memoryBackup();
  const codec = compressedCodec({ codec: moneyCodec }); // a wrapper takes any codec
  await new Datastore({ cache: memoryCache(), backup, codec }).get("book", async () => book);
  assert.deepEqual(await new Datastore({ cache: memoryCache(), backup, codec }).get("book", down), book);
});

test("what the codec would change is not kept, and an event names the place", async () => {
  const datastore = new Datastore({ cache: memoryCache(), backup: memoryBackup(), codec: moneyCodec });
  /** @type {unknown[]} */
  const refused = [];
  datastore.on("backupFailed", ({ error }) => refused.push(error));
  await datastore.get("book", async () => ({ ...book, printed: new Date(0) }));
  assert.match(String(refused), /value\.printed/);
});

test("records of the codec before are read, and rewritten as they are loaded", async () => {
  const backup = memoryBackup();
  await new Datastore({ cache: memoryCache(), backup }).get("title", async () => book.title);
  const moved = new Datastore({ cache: memoryCache(), backup, codec: moneyCodec, readable: [structuredCodec] });
  assert.equal(await moved.get("title", down), book.title);
});
