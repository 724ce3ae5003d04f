/** Fastify 5: the datastore is a decorator of the app, and closes with it. */

import { fsBackup } from "@lastgood/backup-fs";
import { memoryCache } from "@lastgood/cache-memory";
import { Datastore, parseDuration } from "@lastgood/core";
import { httpLoader } from "@lastgood/http";
import Fastify from "fastify";

const { SOURCE_URL = "", BACKUPS = "./var/backups", TTL = "5m", PORT = "3000" } = process.env;

const app = Fastify();
const datastore = new Datastore({ cache: memoryCache(), backup: fsBackup(BACKUPS), ttl: parseDuration(TTL, "TTL") });
const rates = datastore.define({ key: "rates", load: httpLoader(SOURCE_URL, { parse: (response) => response.json() }) });

app.addHook("onClose", () => datastore.close());

datastore.on("fallback", ({ key, age, error }) => app.log.warn({ key, age, err: error }, "serving the last good value"));

app.get("/rates", async (_, reply) => {
  const { value, stale, age } = await rates.result();
  reply.headers({ age: Math.round(age / 1000), "x-stale": String(stale) });
  return value;
});

app.get("/ready", () => datastore.health());

app.setErrorHandler((_error, _request, reply) => reply.status(502).send({ error: "no rates yet" }));

console.log(await app.listen({ port: Number(PORT), host: "127.0.0.1" }));

process.once("SIGTERM", () => void app.close());
