/**
 * A handler as AWS Lambda calls it. The datastore outlives one call, and so does its cache. Between calls the process is frozen, so the
 * handler waits until its backup is durable. In production, take `s3Backup`: the disk of a Lambda goes with it.
 */

import { fsBackup } from "@lastgood/backup-fs";
import { memoryCache } from "@lastgood/cache-memory";
import { Datastore, parseDuration } from "@lastgood/core";
import { httpLoader } from "@lastgood/http";

const { SOURCE_URL = "", BACKUPS = "/tmp/backups", TTL = "5m" } = process.env;

const datastore = new Datastore({ cache: memoryCache(), backup: fsBackup(BACKUPS), ttl: parseDuration(TTL, "TTL"), cullAfter: Infinity });
const load = httpLoader(SOURCE_URL, { parse: (response) => response.json() });

/** @param {{ rawPath: string }} event */
export async function handler({ rawPath }) {
  if (rawPath !== "/rates") return { statusCode: 404, body: "" };
  try {
    const { value, stale } = await datastore.getResult("rates", load);
    await datastore.flush().catch((error) => console.warn(error)); // the answer is right all the same
    return { statusCode: 200, headers: { "content-type": "application/json", "x-stale": String(stale) }, body: JSON.stringify(value) };
  } catch (error) {
    return { statusCode: 502, body: JSON.stringify({ error: String(error) }) };
  }
}
