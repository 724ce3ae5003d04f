import { Datastore } from "@lastgood/core";
import { memoryCache } from "@lastgood/cache-memory";
import { s3Backup } from "@lastgood/backup-s3";

const backup = s3Backup({ region: "eu-west-1" }, { bucket: "my-backups", prefix: "feeds" });
const datastore = new Datastore({ cache: memoryCache(), backup });

// There is no such bucket, so nothing is asked of it.
await datastore.close();
