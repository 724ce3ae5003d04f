import { Datastore } from "@lastgood/core";
import { memoryCache } from "@lastgood/cache-memory";
import { fsBackup } from "@lastgood/backup-fs";

const datastore = new Datastore({ cache: memoryCache(), backup: fsBackup("./var/backups") });

await datastore.get("greeting", () => "good morning");
await datastore.close();
