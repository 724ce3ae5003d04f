/** A hit while the datastore is observed. */

import { memoryCache } from "@lastgood/cache-memory";
import { Datastore } from "@lastgood/core";
import { memoryBackup } from "@lastgood/core/testing";
import { keysOf, zipf } from "../keys.mjs";
import { processorTimePerCall } from "../loops.mjs";

const MASK = 2 ** 16 - 1;

/** @type {Readonly<Record<string, (datastore: Datastore) => unknown>>} */
const observers = {
  nothing: () => undefined,
  async prometheus(datastore) {
    const [{ register }, { Registry }] = await Promise.all([import("@lastgood/prometheus"), import("prom-client")]);
    register(datastore, new Registry());
  },
  async opentelemetry(datastore) {
    const [{ instrument }, { MeterProvider }] = await Promise.all([import("@lastgood/opentelemetry"), import("@opentelemetry/sdk-metrics")]);
    instrument(datastore, { meter: new MeterProvider().getMeter("benchmark") });
  },
};

/** @param {{ observer: string, keys: number }} params @returns {Promise<number>} Nanoseconds of processor time. */
export default async function observedHit({ observer, keys: count }) {
  const keys = keysOf(count);
  const datastore = new Datastore({ name: "benchmark", cache: memoryCache({ maxEntries: count }), backup: memoryBackup() });
  await observers[observer]?.(datastore);
  const load = () => ({ price: 42 });
  for (const key of keys) await datastore.get(key, load, "5m");
  await new Promise((resolve) => setTimeout(resolve, 20));
  const wanted = zipf(keys, MASK + 1);
  return processorTimePerCall((index) => datastore.get(wanted[index & MASK] ?? "", load, "5m"));
}
