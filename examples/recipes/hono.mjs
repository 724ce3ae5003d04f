/** Hono on Node: the same routes also run on bun and Deno. */

import { serve } from "@hono/node-server";
import { fsBackup } from "@lastgood/backup-fs";
import { memoryCache } from "@lastgood/cache-memory";
import { Datastore, parseDuration } from "@lastgood/core";
import { httpLoader } from "@lastgood/http";
import { Hono } from "hono";

const { SOURCE_URL = "", BACKUPS = "./var/backups", TTL = "5m", PORT = "3000" } = process.env;

const datastore = new Datastore({ cache: memoryCache(), backup: fsBackup(BACKUPS), ttl: parseDuration(TTL, "TTL") });
const rates = datastore.define({ key: "rates", load: httpLoader(SOURCE_URL, { parse: (response) => response.json() }) });

const app = new Hono()
  .get("/rates", async (context) => {
    const { value, stale, age } = await rates.result();
    return context.json(value, 200, { age: String(Math.round(age / 1000)), "x-stale": String(stale) });
  })
  .get("/ready", (context) => context.json(datastore.health()))
  .onError((_, context) => context.json({ error: "no rates yet" }, 502));

const server = serve({ fetch: app.fetch, port: Number(PORT), hostname: "127.0.0.1" }, ({ port }) => console.log(`http://127.0.0.1:${port}`));

process.once("SIGTERM", () => server.close(() => void datastore.close()));
