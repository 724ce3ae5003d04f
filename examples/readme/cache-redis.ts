import { Datastore } from "@lastgood/core";
import { redisCache } from "@lastgood/cache-redis";
import { fsBackup } from "@lastgood/backup-fs";

const datastore = new Datastore({ cache: redisCache("redis://localhost:6379"), backup: fsBackup("./var/backups") });

// There may be a server of somebody's, so nothing is asked of it.
await datastore.close();
