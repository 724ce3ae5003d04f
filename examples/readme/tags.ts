import { Datastore } from "@lastgood/core";
import { memoryCache } from "@lastgood/cache-memory";
import { fsBackup } from "@lastgood/backup-fs";

const datastore = new Datastore({ cache: memoryCache(), backup: fsBackup("./var/backups") });

let loads = 0;
async function loadProfile(id: number): Promise<{ id: number; load: number }> {
  return { id, load: ++loads };
}

await datastore.get("profile:7", () => loadProfile(7), { ttl: "1h", tags: ["user:7"] });

const profile = await datastore.get("profile:7", () => loadProfile(7), { ttl: "1h", tags: ["user:7"] });
await datastore.expireTag("user:7"); // the profile, and all else with this tag, is loaded anew

const anew = await datastore.get("profile:7", () => loadProfile(7), { ttl: "1h", tags: ["user:7"] });
await datastore.close();

export const before = profile.load;
export const after = anew.load;
