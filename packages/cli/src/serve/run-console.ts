import { createServer, type ServerResponse } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { consoleHandler } from "@lastgood/console";
import type { Datastore } from "@lastgood/core";
import type { Listen } from "./listen.ts";
import { namesLoopback } from "./loopback.ts";
import { OutagesOfAll } from "./outages-of-all.ts";
import { serveUntilStopped } from "./serve-until-stopped.ts";

export interface ConsoleServerOptions {
  readonly listen: Listen;
  readonly actions: boolean;
}

/** Serves the console until a signal stops it. Resolves with the exit code. */
export async function runConsole(datastore: Datastore, { listen, actions }: ConsoleServerOptions): Promise<number> {
  const outages = new OutagesOfAll(datastore);
  await outages.read(); // a store that cannot be read has nothing to show
  const handler = consoleHandler(outages.shown, { actions });
  const listener = getRequestListener(async (request) => {
    await outages.refresh();
    return await handler(request);
  });
  const server = createServer((request, response) => void (namesLoopback(request) ? listener(request, response) : refuse(response)));
  return await serveUntilStopped(server, listen, (address) => `the console is at ${address}`);
}

function refuse(response: ServerResponse): void {
  response.writeHead(421, { "content-type": "text/plain" }).end("This console answers at localhost and 127.0.0.1 only.\n");
}
