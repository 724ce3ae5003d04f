import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqliteBackup } from "@lastgood/backup-sqlite";
import { memoryCache } from "@lastgood/cache-memory";
import { type BackupAdapter, Datastore } from "@lastgood/core";
import { memoryBackup } from "@lastgood/core/testing";
import { expect, it, onTestFinished } from "vitest";
import { judgeCopy, newestOf } from "../src/copies/copy-judge.mjs";
import { makeRecords } from "../src/copies/many-records.mjs";

/** Works with a datastore of this backup, as at this time. */
async function at(time: number, backup: BackupAdapter, work: (datastore: Datastore) => Promise<unknown>): Promise<void> {
  const clock = { now: () => time, monotonic: () => time };
  const datastore = new Datastore({ cache: memoryCache(), backup: { ...backup, close: () => undefined }, clock, cullAfter: Infinity });
  await work(datastore);
  await datastore.close();
}

async function copied(from: BackupAdapter, to: BackupAdapter, left: string): Promise<void> {
  for (const [id, { bytes, loadedAt }] of await newestOf(from)) {
    if (!id.startsWith(left)) await to.write(id, bytes, { loadedAt, usedAt: loadedAt });
  }
}

const wrongIn = async (from: BackupAdapter, to: BackupAdapter, before: Awaited<ReturnType<typeof newestOf>> = new Map()): Promise<string> => (await judgeCopy(from, to, before)).wrong.join("\n");

async function twoKeys(): Promise<readonly [from: BackupAdapter, to: BackupAdapter]> {
  const from = memoryBackup();
  await at(1_000, from, (datastore) => Promise.all(["one", "two"].map((key) => datastore.set(key, key))));
  return [from, memoryBackup()];
}

it("the judge of copies finds nothing wrong with a whole copy, and reads every key", async () => {
  const [from, to] = await twoKeys();
  await copied(from, to, "none");
  expect(await judgeCopy(from, to, new Map())).toEqual({ read: 2, wrong: [] });
});

it("the judge of copies finds a key that was lost, whichever store is read first", async () => {
  const [from, to] = await twoKeys();
  await copied(from, to, "one");
  expect(await wrongIn(from, to)).toMatch(/^one-\S+ is lost$/m);
  expect((await judgeCopy(from, to, new Map(), to)).wrong).toEqual(["FROM has 2 keys, and 1 were looked at"]);
});

it("the judge of copies finds an older record over a newer one", async () => {
  const [from, to] = await twoKeys();
  const newer = memoryBackup();
  await at(2_000, newer, (datastore) => datastore.set("one", "newer"));
  await copied(from, to, "none");
  expect(await wrongIn(from, to, await newestOf(newer))).toMatch(/^one-\S+ is older than what was there or at FROM$/);
});

it("the judge of copies finds a deletion that was undone, and one with an older record below it", async () => {
  const [from, to] = await twoKeys();
  await copied(from, to, "none");
  await at(2_000, from, (datastore) => datastore.delete("one"));
  expect(await wrongIn(from, to)).toMatch(/^one-\S+ is older than/);
  await copied(from, to, "none");
  expect(await wrongIn(from, to)).toMatch(/^one-\S+ was deleted, and an older record is still there$/);
});

it("the judge of copies finds a record whose bytes have changed", async () => {
  const [from, to] = await twoKeys();
  await copied(from, to, "none");
  for await (const { id, loadedAt } of to.list()) if (id.startsWith("two")) await to.write(id, new Uint8Array(9), { loadedAt, usedAt: loadedAt });
  expect(await wrongIn(from, to)).toMatch(/^two-\S+ is not what it was$/);
});

it("records that are made for a copy are those that a program would have written", async () => {
  const directory = await mkdtemp(join(tmpdir(), "lastgood-copies-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  await makeRecords(join(directory, "made.db"), 1_500);
  const backup = sqliteBackup(join(directory, "made.db"));
  expect(await newestOf(backup)).toHaveProperty("size", 1_500);
  await at(Date.now(), backup, async (datastore) => {
    expect(await datastore.peekBackup("product:1499")).toMatchObject({ value: "value 1499" });
  });
  await backup.close?.();
});
