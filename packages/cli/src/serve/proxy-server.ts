import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { consoleHandler } from "@lastgood/console";
import type { Datastore } from "@lastgood/core";
import { namesLoopback } from "./loopback.ts";
import { lastGoodProxy, type LastGoodProxyOptions, type ProxyHandler } from "@lastgood/http";

/** Milliseconds. A slow client must not hold a connection for ever: what it may take for its headers, and for its whole request. */
const HEADERS_TIMEOUT = 10_000;
const REQUEST_TIMEOUT = 300_000;
/** Milliseconds for which nothing at all has moved on a connection: longer than a source may be silent. */
const SILENCE_TIMEOUT = 330_000;
/** Bytes of a request's headers. More are answered with 431. */
const MAX_HEADER_SIZE = 16_384;

const CONSOLE = "/-/lastgood";
const HEALTH = `${CONSOLE}/health`;

/** A server that answers for one upstream, and at `/-/lastgood` for itself. */
export function proxyServer(datastore: Datastore, upstream: URL, options: LastGoodProxyOptions): { readonly server: Server; readonly invalidate: ProxyHandler["invalidate"] } {
  const answer = lastGoodProxy(datastore, upstream, options);
  const own = getRequestListener(consoleHandler(datastore, { path: CONSOLE }), { overrideGlobalObjects: false });
  const limits = { headersTimeout: HEADERS_TIMEOUT, requestTimeout: REQUEST_TIMEOUT, maxHeaderSize: MAX_HEADER_SIZE };
  const server = createServer(limits, (request, response) => {
    if (!isOwn(request)) return void answer(request, response);
    void (isForAnyone(request) || isFromHere(request) ? own(request, response) : refuse(response));
  });
  server.setTimeout(SILENCE_TIMEOUT);
  // A client may end its side once it has asked, and still read the answer.
  Reflect.set(server, "httpAllowHalfOpen", true);
  // A tunnel would lead anywhere.
  server.on("connect", (_request, socket) => socket.end("HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
  return { server, invalidate: answer.invalidate };
}

function isOwn({ url = "" }: IncomingMessage): boolean {
  return url.startsWith(CONSOLE) && /^(?:[/?]|$)/.test(url.slice(CONSOLE.length));
}

/** How many keys are in fallback, and nothing about them. */
function isForAnyone({ url = "" }: IncomingMessage): boolean {
  return url === HEALTH || url.startsWith(`${HEALTH}?`);
}

/** The console shows what is kept, and asks for no password. Another proxy on this machine passes on what strangers ask. */
function isFromHere(request: IncomingMessage): boolean {
  const { socket, headers } = request;
  const isPassedOn = ["forwarded", "x-forwarded-for", "via"].some((name) => headers[name] !== undefined);
  const isLoopback = /^(?:::1|(?:::ffff:)?127\.\d+\.\d+\.\d+)$/.test(socket.remoteAddress ?? "");
  return isLoopback && !isPassedOn && namesLoopback(request);
}

function refuse(response: ServerResponse): void {
  response.writeHead(403, { "content-type": "text/plain; charset=utf-8" }).end(`The console answers to this machine alone, at localhost or 127.0.0.1. ${HEALTH} answers to anyone.\n`);
}
