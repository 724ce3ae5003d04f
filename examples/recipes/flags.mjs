/**
 * A client of feature flags that can start in an outage: a seed, shipped with the build, answers where nothing newer is known.
 *
 *     node flags.mjs seed      at build time, while the source is up: writes the seed
 *     node flags.mjs           prints the flags
 */

import { fsBackup, seedBackup } from "@lastgood/backup-fs";
import { memoryCache } from "@lastgood/cache-memory";
import { Datastore } from "@lastgood/core";
import { httpLoader } from "@lastgood/http";

const { SOURCE_URL = "", BACKUPS = "./var/backups", SEED = "./seed" } = process.env;

/** @param {unknown} value */
const isFlags = (value) => typeof value === "object" && value !== null && Object.values(value).every((flag) => typeof flag === "boolean");

const isBuild = process.argv[2] === "seed";
const backup = isBuild ? fsBackup(SEED) : [fsBackup(BACKUPS), seedBackup(SEED)];
const datastore = new Datastore({ cache: memoryCache(), backup, validate: isFlags });
const load = httpLoader(SOURCE_URL, { parse: (response) => response.json() });

try {
  const { value, source, stale } = await datastore.getResult("flags", load, { ttl: "30s", timeout: "2s" });
  if (isBuild && stale) throw new Error("a seed is made of what the source says, and not of a backup");
  console.log(JSON.stringify({ flags: value, source, stale }));
} finally {
  await datastore.close();
}
