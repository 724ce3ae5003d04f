import { memoryCache } from "@lastgood/cache-memory";
import { Datastore } from "@lastgood/core";
import { memoryBackup } from "@lastgood/core/testing";

const datastore = new Datastore({ name: "rates", cache: memoryCache(), backup: memoryBackup() });

import { healthResponse } from "@lastgood/console";

const answer = healthResponse(datastore); // 200, {"status":"warn","keysInFallback":1,"oldestAge":7260000,…}

console.log(answer.status, await answer.text());
await datastore.close();
