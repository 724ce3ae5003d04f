import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Agent, getGlobalDispatcher, setGlobalDispatcher } from "undici";
import { Datastore } from "@lastgood/core";
import { memoryCache } from "@lastgood/cache-memory";
import { fsBackup } from "@lastgood/backup-fs";
import { httpLoader, lastGoodFetch, lastGoodInterceptor, lastGoodProxy } from "@lastgood/http";

const datastore = new Datastore({ cache: memoryCache(), backup: fsBackup("./var/backups") });

const server = createServer((_, response) => response.end('{ "EUR": 1 }'));
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/rates.json`;

const rates = await datastore.get("rates", httpLoader(url, { parse: (response) => response.json() }), "5m");

const status = await read();
await intercept();

async function read(): Promise<string | null> {
  const fetch = lastGoodFetch(datastore);
  const response = await fetch(url);
  response.headers.get("cache-status"); // lastgood; hit; ttl=-7260; detail=backup
  return response.headers.get("cache-status");
}

async function intercept(): Promise<void> {
  const before = getGlobalDispatcher();
  setGlobalDispatcher(new Agent().compose(lastGoodInterceptor(datastore)));
  await (await fetch(url)).json();
  setGlobalDispatcher(before);
}

/** Not called: it would listen for ever. */
export function serve(): void {
  createServer(lastGoodProxy(datastore, "http://127.0.0.1:3000")).listen(8080, "127.0.0.1");
}

server.closeAllConnections();
server.close();
await datastore.close();

export { rates, status };
