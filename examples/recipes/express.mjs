/** Express 5: `GET /rates` answers with the last good rates while their source is down. */

import { fsBackup } from "@lastgood/backup-fs";
import { memoryCache } from "@lastgood/cache-memory";
import { Datastore, parseDuration } from "@lastgood/core";
import { httpLoader } from "@lastgood/http";
import express from "express";

const { SOURCE_URL = "", BACKUPS = "./var/backups", TTL = "5m", PORT = "3000" } = process.env;

const datastore = new Datastore({ cache: memoryCache(), backup: fsBackup(BACKUPS), ttl: parseDuration(TTL, "TTL") });
const rates = datastore.define({ key: "rates", load: httpLoader(SOURCE_URL, { parse: (response) => response.json() }) });

const app = express();

// Express 5 hands a rejection to its error handler by itself.
app.get("/rates", async (_, response) => {
  const { value, stale, age } = await rates.result();
  response.set({ age: String(Math.round(age / 1000)), "x-stale": String(stale) }).json(value);
});

// Green in an outage that the backups cover: restarting this process would not mend the source.
app.get("/ready", (_, response) => response.json(datastore.health()));

/** @type {express.ErrorRequestHandler} */
const unavailable = (_error, _request, response, _next) => response.status(502).json({ error: "no rates yet" });
app.use(unavailable);

const server = app.listen(Number(PORT), "127.0.0.1", () => {
  const address = server.address();
  console.log(`http://127.0.0.1:${typeof address === "object" ? address?.port : PORT}`);
});

process.once("SIGTERM", () => server.close(() => void datastore.close()));
