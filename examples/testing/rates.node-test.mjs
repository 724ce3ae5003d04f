import assert from "node:assert/strict";
import { test } from "node:test";
import { flaky } from "@lastgood/adapter-tests";
import { memoryCache } from "@lastgood/cache-memory";
import { Datastore } from "@lastgood/core";
import { manualClock, memoryBackup } from "@lastgood/core/testing";
import { currentRates } from "./rates.mjs";

/** @returns {Promise<never>} */
async function down() {
  throw new Error("the source is down");
}

test("in an outage, the last good rates are shown with their age", async () => {
  const clock = manualClock();
  const datastore = new Datastore({ cache: memoryCache(), backup: memoryBackup(), clock });
  await currentRates(datastore, async () => ({ EUR: 1.1 }));
  clock.advance(60 * 60_000); // no test waits for a ttl
  assert.deepEqual(await currentRates(datastore, down), { rates: { EUR: 1.1 }, notice: "as of 60 minutes ago" });
  await datastore.close();
});

test("after a restart in the outage, the backup answers", async () => {
  const backup = memoryBackup(); // two datastores share it, as two processes share a directory
  const before = new Datastore({ cache: memoryCache(), backup });
  await currentRates(before, async () => ({ EUR: 1.1 }));
  await before.flush();
  const after = new Datastore({ cache: memoryCache(), backup });
  assert.deepEqual((await currentRates(after, down)).rates, { EUR: 1.1 });
});

test("a backup that cannot be written costs no answer", async () => {
  const backup = flaky(memoryBackup(), ({ operation }) => (operation === "write" ? "throw" : undefined));
  const datastore = new Datastore({ cache: memoryCache(), backup });
  assert.deepEqual((await currentRates(datastore, async () => ({ EUR: 1.1 }))).rates, { EUR: 1.1 });
});
