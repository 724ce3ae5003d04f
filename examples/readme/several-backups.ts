import { Datastore } from "@lastgood/core";
import { memoryCache } from "@lastgood/cache-memory";
import { fsBackup } from "@lastgood/backup-fs";
import { s3Backup } from "@lastgood/backup-s3";

const datastore = new Datastore({ cache: memoryCache(), backup: [fsBackup("./var/backups"), s3Backup({ region: "eu-west-1" }, { bucket: "my-backups" })] });

// There is no such bucket, so nothing is asked of it.
await datastore.close();
