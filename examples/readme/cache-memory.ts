import { Datastore } from "@lastgood/core";
import { fsBackup } from "@lastgood/backup-fs";
import { memoryCache } from "@lastgood/cache-memory";

const datastore = new Datastore({
  cache: memoryCache({ maxEntries: 50_000, maxBytes: 256 * 1024 * 1024 }),
  backup: fsBackup("./var/backups"),
});

await datastore.get("greeting", () => "good morning");
await datastore.close();
