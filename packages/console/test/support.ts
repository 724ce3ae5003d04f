import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { memoryCache } from "@lastgood/cache-memory";
import { Datastore, type DatastoreOptions } from "@lastgood/core";
import { type ManualClock, manualClock, memoryBackup } from "@lastgood/core/testing";
import { onTestFinished } from "vitest";

export const MINUTE = 60_000;

export interface Setting {
  readonly datastore: Datastore;
  readonly clock: ManualClock;
}

export function setUp(options: Partial<DatastoreOptions> = {}): Setting {
  const clock = manualClock(Date.now());
  return { datastore: new Datastore({ cache: memoryCache(), backup: memoryBackup(), clock, name: "rates", ...options }), clock };
}

function refused(): Error {
  return new TypeError("fetch failed", { cause: Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }) });
}

/** These keys were loaded, and then their loads failed. */
export async function inOutage({ datastore, clock }: Setting, keys: readonly string[], error: (key: string) => Error = refused): Promise<void> {
  for (const key of keys) await datastore.get(key, () => ({ key: key.slice(0, 20), price: 1 }), "1m");
  clock.advance(2 * MINUTE);
  for (const key of keys) await datastore.get(key, () => Promise.reject(error(key)), "10m");
}

/** Serves a handler for the length of a test. Returns its origin. */
export async function served(handler: (request: Request) => Promise<Response>): Promise<string> {
  const server = createServer(getRequestListener(handler));
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on a port
}
