/** A program that answers with exchange rates and the weather, each asked of a source of its own. It logs, has metrics, and a console. */

import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { fsBackup } from "@lastgood/backup-fs";
import { memoryCache } from "@lastgood/cache-memory";
import { consoleHandler } from "@lastgood/console";
import { Datastore, parseDuration } from "@lastgood/core";
import { httpLoader } from "@lastgood/http";
import { register } from "@lastgood/prometheus";
import { Registry } from "prom-client";

const { PORT = "8080", RATES_URL = "", WEATHER_URL = "", TTL = "5m" } = process.env;
const PAGE = "/admin/lastgood";

const datastore = new Datastore({ name: "start-page", cache: memoryCache(), backup: fsBackup("./var/backups"), ttl: parseDuration(TTL, "TTL") });

datastore.on("fallback", ({ key, age, error }) => log("warn", "serving the last good value", { key, age, error: String(error) }));
datastore.on("recovered", ({ key, after }) => log("info", "the source answers again", { key, after }));

const registry = new Registry();
register(datastore, registry);

const showConsole = getRequestListener(consoleHandler(datastore, { path: PAGE }));

const server = createServer(async (request, response) => {
  const key = request.url?.slice(1) ?? "";
  if (`/${key}`.startsWith(PAGE)) return showConsole(request, response);
  if (key === "metrics") return response.setHeader("content-type", registry.contentType).end(await registry.metrics());
  try {
    const source = key.startsWith("rates/") ? RATES_URL : WEATHER_URL;
    const { value } = await datastore.getResult(key, httpLoader(`${source}/${key}`, { parse: (answer) => answer.json() }));
    return response.setHeader("content-type", "application/json").end(JSON.stringify(value));
  } catch {
    return response.writeHead(502).end();
  }
});
server.listen(Number(PORT), "127.0.0.1");

/** @param {string} level @param {string} message @param {object} facts */
function log(level, message, facts) {
  console.log(JSON.stringify({ time: new Date().toISOString(), level, message, ...facts }));
}
