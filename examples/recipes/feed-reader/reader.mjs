/** A feed reader for a container: it serves the titles of a feed, and the last good ones while the feed is down or broken. */

import { createServer } from "node:http";
import { fsBackup } from "@lastgood/backup-fs";
import { memoryCache } from "@lastgood/cache-memory";
import { Datastore, notShrunk, parseDuration } from "@lastgood/core";
import { httpLoader } from "@lastgood/http";

const { FEED_URL = "", BACKUPS = "/data", TTL = "5m", PORT = "8080", HOST = "0.0.0.0" } = process.env;

const datastore = new Datastore({ cache: memoryCache(), backup: fsBackup(BACKUPS), ttl: parseDuration(TTL, "TTL"), softTimeout: "2s" });

/** A page that says "under maintenance" is no feed, even with status 200. @param {Response} response */
async function titles(response) {
  const text = await response.text();
  if (!/<(?:feed|rss)[\s>]/.test(text)) throw new Error("this is no feed");
  return Array.from(text.matchAll(/<title[^>]*>([^<]*)<\/title>/g), ([, title = ""]) => title).slice(1);
}

const feed = datastore.define({ key: "feed", load: httpLoader(FEED_URL, { parse: titles }), validate: notShrunk(0.5) });

const server = createServer(async (request, response) => {
  try {
    if (request.url === "/ready") {
      response.end("ready\n");
      return;
    }
    const { value, stale, age } = await feed.result();
    response.setHeader("x-stale", String(stale)).setHeader("age", Math.round(age / 1000));
    response.end(value.map((title) => `${title}\n`).join(""));
  } catch {
    response.writeHead(502).end("nothing has been read yet\n");
  }
});

server.listen(Number(PORT), HOST, () => {
  const address = server.address();
  console.log(`http://127.0.0.1:${typeof address === "object" ? address?.port : PORT}`);
});

// `docker stop` sends SIGTERM, and waits ten seconds.
process.once("SIGTERM", () => server.close(() => void datastore.close()));
