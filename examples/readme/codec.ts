import { memoryCache } from "@lastgood/cache-memory";
import { fsBackup } from "@lastgood/backup-fs";
import { Datastore, structuredCodec } from "@lastgood/core";
import { moneyCodec } from "../pages/money-codec.mjs";

const datastore = new Datastore({ cache: memoryCache(), backup: fsBackup("./var/backups"), codec: moneyCodec, readable: [structuredCodec] });

await datastore.close();
