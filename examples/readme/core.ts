import { Datastore } from "@lastgood/core";
import { memoryCache } from "@lastgood/cache-memory";
import { fsBackup } from "@lastgood/backup-fs";

const datastore = new Datastore({ cache: memoryCache(), backup: fsBackup("./var/backups") });

const feed = await datastore.get("feed", loadFeed, "5m");
const { value, source, stale, age } = await datastore.getResult("feed", loadFeed, { ttl: "5m", maxStale: "1d" });

async function loadFeed(): Promise<string> {
  return "<feed/>";
}

await datastore.close();

export { age, feed, source, stale, value };
