/** Run while the image is built: `node fill.mjs DIRECTORY` writes the backups of which `lastgood copy` makes the seed. */

import { fsBackup } from "@lastgood/backup-fs";
import { memoryCache } from "@lastgood/cache-memory";
import { Datastore } from "@lastgood/core";
import { httpLoader } from "@lastgood/http";

const { SOURCE_URL = "" } = process.env;
const [directory = "./backups"] = process.argv.slice(2);

const datastore = new Datastore({ cache: memoryCache(), backup: fsBackup(directory) });
try {
  await datastore.get("rates", httpLoader(SOURCE_URL, { parse: (response) => response.json() }), { timeout: "30s" });
  await datastore.flush();
} finally {
  await datastore.close();
}
