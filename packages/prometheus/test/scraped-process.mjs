/**
 * A process that Prometheus scrapes. Its source, its backup and its clock are set by whoever asks: `POST /?source=down`.
 * It prints its port, and ends when its standard input does.
 */

import { createServer } from "node:http";
import { memoryCache } from "@lastgood/cache-memory";
import { Datastore } from "@lastgood/core";
import { manualClock, memoryBackup } from "@lastgood/core/testing";
import { register } from "@lastgood/prometheus";
import { Registry } from "prom-client";

const clock = manualClock(Date.now());
const state = { source: "up", backup: "up" };
const store = memoryBackup();
const backup = {
  ...store,
  /** @type {typeof store.write} */
  write(...call) {
    if (state.backup === "full") throw new Error("disk full");
    if (state.backup === "silent") return new Promise(() => {});
    return store.write(...call);
  },
};
const datastore = new Datastore({ name: "rates", cache: memoryCache(), backup, clock, backupTimeout: 50, backupWait: 0 });
const registry = new Registry();
register(datastore, registry);

/** @param {string} key */
function get(key) {
  return datastore.get(key, () => (state.source === "up" ? "rates" : Promise.reject(new Error("503"))), "1m").catch(() => "none");
}

const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
  if (pathname === "/metrics") {
    response.setHeader("content-type", registry.contentType).end(await registry.metrics());
    return;
  }
  Object.assign(state, Object.fromEntries(searchParams));
  clock.advance(Number(searchParams.get("advance") ?? 0));
  if (searchParams.has("set")) await datastore.set(searchParams.get("set") ?? "", "value").catch(() => {});
  if (searchParams.has("flush")) await datastore.flush().catch(() => {});
  response.end(await get(searchParams.get("key") ?? "eur"));
});
server.listen(0, "127.0.0.1", () => console.log(/** @type {import("node:net").AddressInfo} */ (server.address()).port));
process.stdin.on("end", () => process.exit()).resume();
