/** A route handler of Next.js (App Router): `GET /api/rates`. */

import { fsBackup } from "@lastgood/backup-fs";
import { memoryCache } from "@lastgood/cache-memory";
import { Datastore, parseDuration } from "@lastgood/core";
import { httpLoader } from "@lastgood/http";

// Next must neither answer this at build time nor keep it in a cache of its own.
export const dynamic = "force-dynamic";
export const runtime = "nodejs";

/** `next dev` evaluates a changed module again: the datastore stays. @type {typeof globalThis & { datastore?: Datastore }} */
const kept = globalThis;

function open() {
  const { BACKUPS = "./var/backups", TTL = "5m" } = process.env;
  kept.datastore ??= new Datastore({ cache: memoryCache(), backup: fsBackup(BACKUPS), ttl: parseDuration(TTL, "TTL") });
  return kept.datastore;
}

export async function GET() {
  const load = httpLoader(process.env["SOURCE_URL"] ?? "", { parse: (response) => response.json() });
  try {
    const { value, stale } = await open().getResult("rates", load);
    return Response.json(value, { headers: { "x-stale": String(stale) } });
  } catch {
    return Response.json({ error: "no rates yet" }, { status: 502 });
  }
}
