import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { memoryCache } from "@lastgood/cache-memory";
import { Datastore } from "@lastgood/core";
import { lastGoodProxy, type LastGoodFetchOptions } from "@lastgood/http";
import type { Places } from "../stores/places.ts";
import { findStores } from "../stores/stores.ts";
import { reportTroubles } from "../stores/troubles.ts";
import { say } from "../terminal/say.ts";
import type { Listen } from "./listen.ts";
import { serveUntilStopped } from "./serve-until-stopped.ts";

export interface ServeOptions {
  readonly listen: Listen;
  readonly places: Places;
  readonly options: LastGoodFetchOptions;
}

/** What a client may take to send its headers, and its whole request: milliseconds. A slow one must not hold a connection for ever. */
const HEADERS_TIMEOUT = 10_000;
const REQUEST_TIMEOUT = 300_000;

/** Serves until a signal stops it. Resolves with the exit code. */
export async function runServer(upstream: URL, { listen, places, options }: ServeOptions): Promise<number> {
  const stores = await findStores(places, { canMake: true });
  if (stores.notice !== undefined) say(stores.notice);
  const cache = places.cache === undefined ? memoryCache({ maxEntries: 10_000 }) : stores.cache;
  const datastore = new Datastore({ cache, backup: stores.backups });
  reportTroubles(datastore);
  try {
    return await serveWith(datastore, upstream, listen, options);
  } finally {
    await datastore.close().catch(() => undefined); // a write that failed has been reported
  }
}

async function serveWith(datastore: Datastore, upstream: URL, listen: Listen, options: LastGoodFetchOptions): Promise<number> {
  const answer = lastGoodProxy(datastore, upstream, options);
  const server = createServer({ headersTimeout: HEADERS_TIMEOUT, requestTimeout: REQUEST_TIMEOUT }, (request, response) => {
    void (isHealth(request) ? tellHealth(datastore, response) : answer(request, response));
  });
  // A client may end its side once it has asked, and still read the answer.
  Reflect.set(server, "httpAllowHalfOpen", true);
  return await serveUntilStopped(server, listen, (address) => `serving ${upstream.href} at ${address}`);
}

function isHealth({ method, url }: IncomingMessage): boolean {
  return url === "/-/lastgood" && (method === "GET" || method === "HEAD");
}

/** How many keys are served from their backup. A proxy that can answer is well, whatever the source does. */
function tellHealth(datastore: Datastore, response: ServerResponse): void {
  const { fallback, cache, backup } = datastore.health();
  const body = JSON.stringify({ status: "ok", fallback: fallback.length, cache: cache.state, backup: backup.state });
  response.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" }).end(`${body}\n`);
}
