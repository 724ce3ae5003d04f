/** A server in a container with a read-only root and no volume: while its source is down, the seed in the image answers. */

import { createServer } from "node:http";
import { seedBackup } from "@lastgood/backup-fs";
import { memoryCache } from "@lastgood/cache-memory";
import { Datastore } from "@lastgood/core";
import { httpLoader } from "@lastgood/http";

const { SOURCE_URL = "", SEED = "./seed", PORT = "8080", HOST = "0.0.0.0" } = process.env;

const datastore = new Datastore({ cache: memoryCache(), backup: seedBackup(SEED), ttl: "5m", timeout: "2s" });
const rates = datastore.define({ key: "rates", load: httpLoader(SOURCE_URL, { parse: (response) => response.json() }) });

const server = createServer(async (_, response) => {
  try {
    const { value, stale, age } = await rates.result();
    response.setHeader("x-stale", String(stale)).setHeader("age", Math.round(age / 1000)).setHeader("content-type", "application/json");
    response.end(JSON.stringify(value));
  } catch {
    response.writeHead(502).end("there are no rates yet\n");
  }
});

server.listen(Number(PORT), HOST, () => {
  const address = server.address();
  console.log(`http://127.0.0.1:${typeof address === "object" ? address?.port : PORT}`);
});

// `docker stop` sends SIGTERM, and waits ten seconds.
process.once("SIGTERM", () => server.close(() => void datastore.close()));
