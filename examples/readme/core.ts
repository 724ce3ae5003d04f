import { Datastore } from "@lastgood/core";
import { memoryCache } from "@lastgood/cache-memory";
import { fsBackup } from "@lastgood/backup-fs";

const datastore = new Datastore({ cache: memoryCache(), backup: fsBackup("./var/backups") });

const feed = await datastore.get("feed", loadFeed, "5m");
const { value, source, stale, age } = await datastore.getResult("feed", loadFeed, { ttl: "5m", maxStale: "1d" });

async function loadFeed(): Promise<string> {
  return "<feed/>";
}

const users = await datastore.getMany(["7", "8", "9"], async (ids) => new Map(await loadUsers(ids)), "1h");

async function loadUsers(ids: readonly string[]): Promise<[id: string, user: { readonly id: string }][]> {
  return ids.map((id) => [id, { id }]);
}

await datastore.close();

export { age, feed, source, stale, users, value };
