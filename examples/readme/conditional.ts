import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Datastore } from "@lastgood/core";
import { memoryCache } from "@lastgood/cache-memory";
import { fsBackup } from "@lastgood/backup-fs";

const datastore = new Datastore({ cache: memoryCache(), backup: fsBackup("./var/conditional") });

/** Loads a feed with an ETag from a server that knows it, twice. */
async function loadTwice(): Promise<string[]> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const isKnown = request.headers["if-none-match"] === '"1"';
    asked.push(isKnown ? "304" : "200");
    response.writeHead(isKnown ? 304 : 200, { etag: '"1"' }).end(isKnown ? "" : "<feed/>");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A server that listens on a port has an address of this kind.
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  for (let time = 0; time < 2; time++) {
    await datastore.expire("feed");
    await loadFrom(url);
  }
  server.close();
  server.closeAllConnections();
  return asked;
}

async function loadFrom(url: string): Promise<string> {
  const feed = await datastore.get("feed", async ({ signal, lastGood, notModified, setMeta }) => {
    const last = await lastGood();
    const response = await fetch(url, { signal, headers: last?.metadata?.["etag"] ? { "if-none-match": last.metadata["etag"] } : {} });
    if (response.status === 304) return notModified();
    if (!response.ok) throw new Error(`the feed answered ${response.status}`);
    setMeta({ etag: response.headers.get("etag") ?? "" });
    return response.text();
  });
  return feed;
}

const asked = await loadTwice();
await datastore.close();

export { asked };
