/** A program that is bundled into one file: it gets a value, falls back to it, and culls what is unused. Prints what it has seen as JSON. */

import { fsBackup } from "@lastgood/backup-fs";
import { memoryCache } from "@lastgood/cache-memory";
import { Datastore } from "@lastgood/core";

const DAY = 86_400_000;
const TROUBLES = /** @type {const} */ (["cacheFailed", "backupFailed", "backgroundFailed"]);
const down = () => Promise.reject(new Error("down"));

async function main() {
  let now = Date.UTC(2030, 0, 1);
  const backup = fsBackup(process.argv[2] ?? "");
  const datastore = new Datastore({ cache: memoryCache(), backup, cullTime: "10d", clock: { now: () => now } });
  /** @type {string[]} */
  const troubles = [];
  for (const name of TROUBLES) datastore.on(name, ({ error }) => troubles.push(`${name}: ${String(error)}`));

  for (const key of ["a", "b", "c", "unused"]) await datastore.get(key, () => ({ key, at: new Date(now) }), "5m");
  const hit = await datastore.getResult("a", down, "5m");
  now += 8 * DAY;
  const fallback = await datastore.getResult("a", down, "5m");
  for (const key of ["b", "c"]) await datastore.get(key, () => ({ key, at: new Date(now) }), "5m");
  await datastore.flush();
  now += 6 * DAY;
  const { deleted, failed } = await datastore.cull();
  const isKept = async (/** @type {string} */ key) => (await datastore.peekBackup(key)) !== undefined;
  const kept = { a: await isKept("a"), b: await isKept("b"), c: await isKept("c"), unused: await isKept("unused") };
  await datastore.close();
  console.log(JSON.stringify({ hit: seen(hit), fallback: seen(fallback), cull: { deleted, failed }, kept, troubles }));
}

/** @param {import("@lastgood/core").Result<{ key: string, at: Date }>} result */
function seen({ source, stale, age, value }) {
  return { source, stale, age, value, isDate: value.at instanceof Date };
}

void main();
