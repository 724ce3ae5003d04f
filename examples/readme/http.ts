import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Datastore } from "@lastgood/core";
import { memoryCache } from "@lastgood/cache-memory";
import { fsBackup } from "@lastgood/backup-fs";
import { httpLoader } from "@lastgood/http";

const server = createServer((_, response) => response.end('{ "EUR": 1 }'));
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/rates.json`;

const datastore = new Datastore({ cache: memoryCache(), backup: fsBackup("./var/backups") });
const rates = await datastore.get("rates", httpLoader(url, { parse: (response) => response.json() }), "5m");

server.closeAllConnections();
server.close();
await datastore.close();

export { rates };
