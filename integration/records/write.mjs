/** Writes records as this version of this runtime does, with every codec: `node write.mjs DIRECTORY sqlite`, or without `sqlite`. */

import { join } from "node:path";
import { fsBackup } from "@lastgood/backup-fs";
import { memoryCache } from "@lastgood/cache-memory";
import { Datastore } from "@lastgood/core";
import { codecs, valueFor } from "./values.mjs";

const [directory = "", ...stores] = process.argv.slice(2);

/** @param {import("@lastgood/core").BackupAdapter} backup @param {keyof typeof codecs} name */
async function write(backup, name) {
  const datastore = new Datastore({ cache: memoryCache(), backup, codec: codecs[name] });
  await datastore.set(name, valueFor(name));
  await datastore.close();
}

for (const name of /** @type {(keyof typeof codecs)[]} */ (Object.keys(codecs))) {
  await write(fsBackup(join(directory, "directory")), name);
  if (!stores.includes("sqlite")) continue;
  const { sqliteBackup } = await import("@lastgood/backup-sqlite");
  await write(sqliteBackup(join(directory, "file.db")), name);
}
