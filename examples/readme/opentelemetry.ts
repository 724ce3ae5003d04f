import { memoryCache } from "@lastgood/cache-memory";
import { Datastore } from "@lastgood/core";
import { memoryBackup } from "@lastgood/core/testing";

const datastore = new Datastore({ name: "users", cache: memoryCache(), backup: memoryBackup() });

import { instrument } from "@lastgood/opentelemetry";
import { metrics, trace } from "@opentelemetry/api";

const instrumentation = instrument(datastore, {
  meter: metrics.getMeter("my-shop"),
  tracer: trace.getTracer("my-shop"),
  keyGroup: (key) => key.split(":")[0],
});

await datastore.get("user:7", () => ({ name: "Ada" }));
instrumentation.close();
await datastore.close();
