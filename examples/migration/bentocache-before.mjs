import { BentoCache, bentostore } from "bentocache";
import { memoryDriver } from "bentocache/drivers/memory";
import { redisDriver } from "bentocache/drivers/redis";

/** @param {string} redis @param {() => Promise<object>} load */
export function openRates(redis, load) {
  const { hostname: host, port } = new URL(redis);
  const connection = { host, port: Number(port) };
  const store = bentostore().useL1Layer(memoryDriver({ maxItems: 1000 })).useL2Layer(redisDriver({ connection }));
  const cache = new BentoCache({ default: "store", stores: { store }, ttl: "5m", grace: "6h", graceBackoff: "30s", timeout: "2s", hardTimeout: "30s" });
  const finance = cache.namespace("finance");
  return {
    rates: () => finance.getOrSet({ key: "rates", factory: load }),
    /** Somebody has changed them. */
    changed: () => finance.expire({ key: "rates" }),
    close: () => cache.disconnectAll(),
  };
}
