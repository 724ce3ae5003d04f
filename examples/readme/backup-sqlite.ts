import { Datastore } from "@lastgood/core";
import { memoryCache } from "@lastgood/cache-memory";
import { sqliteBackup } from "@lastgood/backup-sqlite";

const datastore = new Datastore({ cache: memoryCache(), backup: sqliteBackup("./var/backup.db") });

await datastore.get("greeting", () => "good morning");
await datastore.close();
