import { Datastore } from "@lastgood/core";
import { memoryCache } from "@lastgood/cache-memory";
import { redisCache } from "@lastgood/cache-redis";
import { fsBackup } from "@lastgood/backup-fs";

const datastore = new Datastore({ cache: [memoryCache(), redisCache("redis://cache-1:6379/0")], backup: fsBackup("./var/backups"), lease: "2s" });

// There is no such host, so nothing is asked of it.
await datastore.close();
