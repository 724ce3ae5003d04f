import { Datastore } from "@lastgood/core";
import { memcachedCache } from "@lastgood/cache-memcached";
import { fsBackup } from "@lastgood/backup-fs";

const datastore = new Datastore({ cache: memcachedCache("cache-1:11211,cache-2:11211"), backup: fsBackup("./var/backups") });

// There are no such servers, so nothing is asked of them.
await datastore.close();
