// Sets one key to each line that comes in, or to the values given, and tells after each what the file has then.
import { createInterface } from "node:readline";
import { Datastore } from "@lastgood/core";
import { sqliteBackup } from "@lastgood/backup-sqlite";
import { driver } from "./driver.mjs";

const [, , file = "", ahead = "", ...values] = process.argv;
const clock = { now: () => Date.now() + Number(ahead) };
// No cache: what is asked for is what the file has.
const cache = { name: "none", stores: /** @type {const} */ ("values"), get: () => undefined, set: () => {}, delete: () => {} };
const datastore = new Datastore({ cache, backup: sqliteBackup(file, { driver }), clock });

for await (const value of values.length > 0 ? values : createInterface(process.stdin)) {
  await datastore.set("key", value);
  console.log((await datastore.peekBackup("key"))?.value);
}
await datastore.close();
