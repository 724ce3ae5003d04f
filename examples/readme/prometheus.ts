import { memoryCache } from "@lastgood/cache-memory";
import { Datastore } from "@lastgood/core";
import { memoryBackup } from "@lastgood/core/testing";

const datastore = new Datastore({ name: "users", cache: memoryCache(), backup: memoryBackup() });

import { createServer } from "node:http";
import { register } from "@lastgood/prometheus";
import { Registry } from "prom-client";

const registry = new Registry();
register(datastore, registry, { keyGroup: (key) => key.split(":")[0] });

const server = createServer(async (_request, response) => {
  response.setHeader("content-type", registry.contentType).end(await registry.metrics());
});

await datastore.get("user:7", () => ({ name: "Ada" }));
server.close();
await datastore.close();
