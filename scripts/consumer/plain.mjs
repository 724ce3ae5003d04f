/** A program in plain JavaScript that has installed the packages. The names of the packages are its arguments. */

import assert from "node:assert/strict";
import { fsBackup } from "@lastgood/backup-fs";
import { sqliteBackup } from "@lastgood/backup-sqlite";
import { memoryCache } from "@lastgood/cache-memory";
import { Datastore } from "@lastgood/core";

/** Each time as after a start of the program: another datastore on the same files. @param {() => import("@lastgood/core").BackupAdapter} open */
async function fallsBack(open) {
  const before = new Datastore({ cache: memoryCache(), backup: open() });
  assert.equal(await before.get("greeting", () => "good morning", "1m"), "good morning");
  await before.close();

  const after = new Datastore({ cache: memoryCache(), backup: open() });
  const answer = await after.getResult("greeting", () => Promise.reject(new Error("the source is down")), "1m");
  assert.deepEqual([answer.value, answer.source, answer.stale], ["good morning", "backup", true]);
  await assert.rejects(
    after.get("another", () => Promise.reject(new Error("the source is down"))),
    /^Error: the source is down$/,
  );
  await after.close();
}

await fallsBack(() => fsBackup("./backups"));
await fallsBack(() => sqliteBackup("./backups.db"));

for (const name of process.argv.slice(2)) {
  const entry = await import(name);
  assert.ok(Object.keys(entry).length > 0, `${name} exports nothing`);
}
