/** A program whose backups are several: `node thousand-keys.mjs load`, and `node thousand-keys.mjs outage` while its source is down. Prints how many keys had the right answer. */

import { fsBackup } from "@lastgood/backup-fs";
import { sqliteBackup } from "@lastgood/backup-sqlite";
import { memoryCache } from "@lastgood/cache-memory";
import { fromEnv } from "@lastgood/core";

const AT_ONCE = 50;
const isOutage = process.argv[2] === "outage";
const datastore = fromEnv({ adapters: [memoryCache, fsBackup, sqliteBackup], timeout: "60s", backupWait: "60s", backupTimeout: "60s" });
const keys = Array.from({ length: 1_000 }, (_, index) => `key ${index}`);

/** @param {string} key */
async function ask(key) {
  const load = () => {
    if (isOutage) throw new Error("the source is down");
    return `value of ${key}`;
  };
  const { value, source } = await datastore.getResult(key, load);
  return value === `value of ${key}` && source === (isOutage ? "backup" : "loader");
}

let right = 0;
for (let begin = 0; begin < keys.length; begin += AT_ONCE) {
  const answers = await Promise.allSettled(keys.slice(begin, begin + AT_ONCE).map(ask));
  right += answers.filter((answer) => answer.status === "fulfilled" && answer.value).length;
}
// Rejects while a backup takes nothing that it has missed.
const missed = await datastore.flush().then(() => "nothing", () => "something");
await datastore.close().catch(() => undefined);
console.log(JSON.stringify({ right, missed }));
