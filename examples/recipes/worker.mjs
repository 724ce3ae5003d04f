/**
 * A worker with a schedule: it renews the rates before anybody asks, and reports what it could not renew. A web process that shares the
 * backups answers with what the worker has loaded, even if the source is down when it starts.
 */

import { fsBackup } from "@lastgood/backup-fs";
import { memoryCache } from "@lastgood/cache-memory";
import { Datastore } from "@lastgood/core";
import { httpLoader } from "@lastgood/http";
import { Cron } from "croner";

const { SOURCE_URL = "", BACKUPS = "./var/backups", SCHEDULE = "*/5 * * * *" } = process.env;

const datastore = new Datastore({ cache: memoryCache(), backup: fsBackup(BACKUPS) });
const load = httpLoader(SOURCE_URL, { parse: (response) => response.json() });

async function renew() {
  const { value, source, age } = await datastore.getResult("rates", load, { refresh: true });
  console.log(JSON.stringify({ value, source, age: Math.round(age / 1000) }));
}

// One run at a time. The failure of one run is no reason to miss the next.
const job = new Cron(SCHEDULE, { protect: true, catch: (error) => console.log(JSON.stringify({ error: String(error) })) }, renew);

process.once("SIGTERM", () => {
  job.stop();
  void datastore.close();
});
