import { Datastore } from "@lastgood/core";
import { memoryCache } from "@lastgood/cache-memory";
import { fsBackup, seedBackup } from "@lastgood/backup-fs";

const build = new Datastore({ cache: memoryCache(), backup: fsBackup("./seed") });
await build.set("greeting", "good morning");
await build.close();

const seeded = new Datastore({ cache: memoryCache(), backup: [fsBackup("./var/backups"), seedBackup("./seed")] });

await seeded.get("greeting", () => Promise.reject(new Error("the source is down")));
await seeded.close();
