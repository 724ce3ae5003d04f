import { healthResponse } from "@lastgood/console";
import { memoryCache } from "@lastgood/cache-memory";
import { Datastore } from "@lastgood/core";
import { memoryBackup } from "@lastgood/core/testing";

const datastore = new Datastore({ cache: memoryCache(), backup: memoryBackup() });

const answer = healthResponse(datastore); // 200, {"status":"warn","keysInFallback":1,"oldestAge":7260000,…}

console.log(answer.status, await answer.text());
await datastore.close();
