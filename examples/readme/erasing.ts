import { memoryCache } from "@lastgood/cache-memory";
import { fsBackup } from "@lastgood/backup-fs";
import { Datastore } from "@lastgood/core";

const datastore = new Datastore({ cache: memoryCache(), backup: fsBackup("./var/backups") });

await datastore.delete("person:7"); // the cached copy and every backup
await datastore.namespace("person-7").clear(); // { deleted: 2 }
await datastore.flush(); // rejects while one of several backups has them

await datastore.close();
