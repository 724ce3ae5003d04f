/** The same program, started anew without a test runner: `other-process.js FOLDER` says what it is answered while its source is down. */

import { fsBackup } from "@lastgood/backup-fs";
import { memoryCache } from "@lastgood/cache-memory";
import { Datastore } from "@lastgood/core";
import { everyKind } from "./values.js";

const [folder = "", order = ""] = process.argv.slice(2);
const datastore = new Datastore({ cache: memoryCache(), backup: fsBackup(folder) });

/** @returns {Promise<ReturnType<typeof everyKind>>} */
const load = () => Promise.reject(new Error("the source is down"));

async function main() {
  if (order === "keep") return void (await datastore.set("kept", everyKind()));
  const { value, source, stale } = await datastore.getResult("kept", load);
  process.stdout.write(JSON.stringify({ source, stale, day: value.date.toISOString(), user: value.map.get("user"), bytes: [...value.bytes] }));
}

// Not awaited at the top: the same file has to run where modules are CommonJS.
void main().finally(() => datastore.close());
