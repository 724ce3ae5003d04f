/** Writes records as this version of this runtime does, with every codec: `node write.mjs DIRECTORY`. */

import { join } from "node:path";
import { fsBackup } from "@lastgood/backup-fs";
import { sqliteBackup } from "@lastgood/backup-sqlite";
import { memoryCache } from "@lastgood/cache-memory";
import { Datastore } from "@lastgood/core";
import { samples } from "./values.mjs";

const [directory = ""] = process.argv.slice(2);

/** @param {import("@lastgood/core").BackupAdapter} backup @param {import("./values.mjs").Sample} sample */
async function write(backup, { key, codec, value }) {
  const datastore = new Datastore({ cache: memoryCache(), backup, codec });
  await datastore.set(key, value);
  await datastore.close();
}

for (const sample of samples) {
  await write(fsBackup(join(directory, "directory")), sample);
  await write(sqliteBackup(join(directory, "file.db")), sample);
}
