import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { ManualClock } from "@lastgood/core/testing";
import type { Datastore } from "@lastgood/core";
import { request as send } from "undici";
import { lastGoodProxy } from "../../src/index.ts";

const BODILESS = new Set([204, 205, 304]);
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

export interface Client {
  readonly fetch: typeof fetch;
  readonly stop: () => Promise<void>;
}

/** A client that sends what it is told and adds nothing, through a proxy in front of whatever it asks first. */
export function throughProxy(datastore: Datastore, clock: ManualClock): Client {
  let started: Promise<Server> | undefined;
  const ask = async (input: string, init: RequestInit = {}): Promise<Response> => {
    const { origin, pathname, search } = new URL(input);
    started ??= start(datastore, clock, origin);
    const { port } = (await started).address() as AddressInfo; // it listens on a port
    const { statusCode, headers, body } = await send(`http://127.0.0.1:${port}${pathname}${search}`, {
      method: (init.method ?? "GET") as "GET", // undici's list of methods is shorter than HTTP's
      headers: (init.headers as [string, string][]).flat(),
      body: (init.body as string | undefined) ?? null,
    });
    const bytes = Buffer.from(await body.arrayBuffer());
    const fields = Object.entries(headers).flatMap(([name, value]) => [value ?? []].flat().map((each) => [name, each] as [string, string]));
    const response = new Response(BODILESS.has(statusCode) ? null : bytes, { status: statusCode, headers: fields });
    const location = REDIRECTS.has(statusCode) && init.redirect !== "manual" ? response.headers.get("location") : null;
    return location === null ? response : await ask(new URL(location, input).href, init);
  };
  const stop = async (): Promise<void> => {
    const server = await started;
    server?.closeAllConnections();
    server?.close();
  };
  return { fetch: ask as typeof fetch, stop };
}

async function start(datastore: Datastore, clock: ManualClock, origin: string): Promise<Server> {
  const server = createServer(lastGoodProxy(datastore, origin, { clock }));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}
