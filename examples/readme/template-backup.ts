import { Datastore } from "@lastgood/core";
import { memoryCache } from "@lastgood/cache-memory";
import { exampleBackup } from "lastgood-template-backup-adapter";

const client = new Map();
const datastore = new Datastore({ cache: memoryCache(), backup: exampleBackup(client) });

await datastore.get("greeting", () => "good morning");
await datastore.close();
