import cluster from "node:cluster";
import { memoryCache } from "@lastgood/cache-memory";
import { Datastore } from "@lastgood/core";
import type { LastGoodProxyOptions } from "@lastgood/http";
import type { Places } from "../stores/places.ts";
import { findStores } from "../stores/stores.ts";
import { reportTroubles } from "../stores/troubles.ts";
import { say } from "../terminal/say.ts";
import type { Listen } from "./listen.ts";
import { proxyServer } from "./proxy-server.ts";
import { serveUntilStopped } from "./serve-until-stopped.ts";
import { hearOthers, leaveOthers, tellOthers, untilToldToStop } from "./worker.ts";
import { runWorkers } from "./workers.ts";

export interface ServeOptions {
  readonly listen: Listen;
  readonly places: Places;
  readonly options: LastGoodProxyOptions;
  /** How many processes answer. */
  readonly workers: number;
}

/** Serves until a signal stops it. Resolves with the exit code. */
export async function runServer(upstream: URL, options: ServeOptions): Promise<number> {
  const describe = (address: string): string => `serving ${upstream.href} at ${address}`;
  if (options.workers === 1) return await serve(upstream, options, describe);
  return cluster.isPrimary ? await runWorkers(options.workers, describe) : await serve(upstream, options, undefined).finally(leaveOthers);
}

/** `describe`: `undefined` in a worker, whose first process says it for all. */
async function serve(upstream: URL, { listen, places, options }: ServeOptions, describe: ((address: string) => string) | undefined): Promise<number> {
  const stores = await findStores(places, { canMake: true });
  if (stores.notice !== undefined) say(stores.notice);
  const cache = places.cache === undefined ? memoryCache({ maxEntries: 10_000 }) : stores.cache;
  const datastore = new Datastore({ cache, backup: stores.backups, name: upstream.host });
  reportTroubles(datastore);
  try {
    const isWorker = describe === undefined;
    const { server, invalidate } = proxyServer(datastore, upstream, isWorker ? { ...options, onInvalidate: tellOthers } : options);
    if (isWorker) hearOthers(invalidate);
    return await serveUntilStopped(server, listen, describe, isWorker ? untilToldToStop : undefined);
  } finally {
    await datastore.close().catch(() => undefined); // a write that failed has been reported
  }
}
