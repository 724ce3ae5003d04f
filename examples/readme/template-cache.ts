import { Datastore } from "@lastgood/core";
import { fsBackup } from "@lastgood/backup-fs";
import { exampleCache } from "lastgood-template-cache-adapter";

const client = new Map();
const datastore = new Datastore({ cache: exampleCache(client), backup: fsBackup("./var/backups") });

await datastore.get("greeting", () => "good morning");
await datastore.close();
