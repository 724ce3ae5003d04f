import { memoryCache } from "@lastgood/cache-memory";
import { Datastore } from "@lastgood/core";
import { memoryBackup } from "@lastgood/core/testing";

const datastore = new Datastore({ name: "rates", cache: memoryCache(), backup: memoryBackup() });

import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { consoleHandler } from "@lastgood/console";

const handler = consoleHandler(datastore, { path: "/admin/lastgood" });
const server = createServer(getRequestListener(handler)); // .listen(8080, "127.0.0.1")

await datastore.get("rates", () => ({ EUR: 1 }));
server.close();
await datastore.close();
