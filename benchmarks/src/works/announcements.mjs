/** Announcements that arrive at a process which answers gets from its near copies. */

import { fork } from "node:child_process";
import { once } from "node:events";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { memoryCache } from "@lastgood/cache-memory";
import { redisCache } from "@lastgood/cache-redis";
import { Datastore } from "@lastgood/core";
import { noBackup } from "../contenders/lastgood.mjs";

const PUBLISHER = fileURLToPath(new URL("../publisher.mjs", import.meta.url));

/**
 * @typedef {object} Flood
 * @property {number} published Announcements a second that were sent.
 * @property {number} share Of a processor, that hearing them took.
 * @property {number} heldP99 Milliseconds that the event loop was held.
 * @property {number} behind Milliseconds from a change behind all of them until it was seen here.
 */

/** @param {{ url: string, perSecond: number, seconds: number }} params @returns {Promise<Flood>} */
export default async function announcements({ url, perSecond, seconds }) {
  const datastore = new Datastore({ cache: [memoryCache(), redisCache(url)], backup: noBackup });
  await datastore.set("last", "as it was", "5m");
  const get = () => datastore.get("last", () => "loaded again", "5m");
  await get();
  const publisher = fork(PUBLISHER, [url, String(perSecond), String(seconds)]);
  await once(publisher, "message"); // it has started, and made its changes
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  const [used, began] = [process.cpuUsage(), performance.now()];
  /** @type {{ published: number, at: number } | undefined} */
  let ended;
  void once(publisher, "message").then(([message]) => (ended = /** @type {{ published: number, at: number }} */ (message)));
  let seenAt = 0;
  while (ended === undefined || seenAt === 0) {
    if ((await get()) === "changed") seenAt ||= Date.now();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const { user, system } = process.cpuUsage(used);
  const share = (user + system) / 1_000 / (performance.now() - began);
  await datastore.close();
  return { published: ended.published, share, heldP99: delays.percentile(99) / 1e6, behind: Math.max(0, seenAt - ended.at) };
}
