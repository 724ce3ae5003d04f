import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { memoryCache } from "@lastgood/cache-memory";
import { Datastore } from "@lastgood/core";
import { codeOf, messageOf } from "@lastgood/core/adapter";
import { lastGoodProxy, type LastGoodFetchOptions } from "@lastgood/http";
import type { Places } from "../stores/places.ts";
import { findStores } from "../stores/stores.ts";
import { reportTroubles } from "../stores/troubles.ts";
import { EXIT } from "../terminal/exit-codes.ts";
import { interruptible, Interruption } from "../terminal/interruption.ts";
import { say } from "../terminal/say.ts";

export interface ServeOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly places: Places;
  readonly options: LastGoodFetchOptions;
}

/** What a client may take to send its headers, and its whole request: milliseconds. A slow one must not hold a connection for ever. */
const HEADERS_TIMEOUT = 10_000;
const REQUEST_TIMEOUT = 300_000;

/** How long requests under way may take once the proxy is told to stop: milliseconds. */
const STOP_TIMEOUT = 10_000;

/** Serves until a signal stops it. Resolves with the exit code. */
export async function runServer(upstream: URL, { listen, places, options }: ServeOptions): Promise<number> {
  const stores = findStores(places);
  if (stores.notice !== undefined) say(stores.notice);
  const cache = places.cache === undefined ? memoryCache({ maxEntries: 10_000 }) : stores.cache;
  const datastore = new Datastore({ cache, backup: stores.backup });
  reportTroubles(datastore);
  try {
    return await serveWith(datastore, upstream, listen, options);
  } finally {
    await datastore.close().catch(() => undefined); // a write that failed has been reported
  }
}

async function serveWith(datastore: Datastore, upstream: URL, listen: ServeOptions["listen"], options: LastGoodFetchOptions): Promise<number> {
  const answer = lastGoodProxy(datastore, upstream, options);
  const server = createServer({ headersTimeout: HEADERS_TIMEOUT, requestTimeout: REQUEST_TIMEOUT }, (request, response) => {
    void (isHealth(request) ? tellHealth(datastore, response) : answer(request, response));
  });
  // A client may end its side once it has asked, and still read the answer.
  Reflect.set(server, "httpAllowHalfOpen", true);
  try {
    await interruptible(async (signal) => {
      await startListening(server, listen);
      say(`serving ${upstream.href} at ${addressOf(server)}`);
      await until(signal);
    });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof Interruption) return await stop(server);
    say(`cannot listen on ${listen.host}:${listen.port}: ${codeOf(error) ?? messageOf(error)}`);
    return EXIT.refused;
  }
}

async function startListening(server: Server, { host, port }: ServeOptions["listen"]): Promise<void> {
  server.listen(port, host);
  await once(server, "listening"); // rejects with the error
}

function addressOf(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo; // of a server that listens on a port
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}

/** Rejects when the signal is aborted. */
function until(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** Answers what is under way, and nothing new. */
async function stop(server: Server): Promise<number> {
  const closed = once(server, "close");
  server.close();
  // A connection is idle once its last answer is out.
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  const impatience = setTimeout(() => server.closeAllConnections(), STOP_TIMEOUT);
  await closed;
  clearInterval(idle);
  clearTimeout(impatience);
  return EXIT.ok;
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
