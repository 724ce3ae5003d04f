import { Datastore } from "@lastgood/core";
import { memoryCache } from "@lastgood/cache-memory";
import { postgresBackup } from "@lastgood/backup-postgres";

const backup = postgresBackup("postgres://app:secret@db-1/app?sslmode=verify-full");
const datastore = new Datastore({ cache: memoryCache(), backup });

// There is no such server, so nothing is asked of it.
await datastore.close();
