import { memoryCache } from "@lastgood/cache-memory";
import { Datastore } from "@lastgood/core";
import { flaky } from "@lastgood/adapter-tests";
import { memoryBackup } from "@lastgood/core/testing";

let diskIsFull = true;
const backup = flaky(memoryBackup(), ({ operation }) =>
  operation === "write" && diskIsFull ? new Error("ENOSPC: no space left on device") : undefined,
);

const datastore = new Datastore({ cache: memoryCache(), backup });
await datastore.get("greeting", () => "good morning");
diskIsFull = false;
await datastore.close();
