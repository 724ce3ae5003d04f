/**
 * A copy of a million records, from SQLite to files and back, that is killed at random moments and run again until it is done. Each
 * target has newer records, older ones and deletions beforehand. Then every key is read.
 *
 *     npm run copies                     a million records
 *     npm run copies -- --records 50000
 *     npm run copies -- --seed 7         the same moments again, if the machine is as fast
 *
 * Ends with an error if a record is lost, an older one is over a newer one, a deletion is undone, or memory was not flat.
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fsBackup } from "@lastgood/backup-fs";
import { sqliteBackup } from "@lastgood/backup-sqlite";
import { memoryCache } from "@lastgood/cache-memory";
import { Datastore } from "@lastgood/core";
import { judgeCopy, newestOf } from "./copies/copy-judge.mjs";
import { copyUntilDone } from "./copies/copy-until-done.mjs";
import { keyOf, makeRecords } from "./copies/many-records.mjs";
import { diceOf } from "./dice.mjs";

/** @typedef {import("@lastgood/core").BackupAdapter} BackupAdapter */

const MIB = 2 ** 20;
/** A copy of 500 records has 90 MB. What it knows of TO takes 30 bytes for each record. */
const MOST_MEMORY = 400 * MIB;
/** One key of so many is of each special kind. */
const EVERY = 250;

const { values } = parseArgs({ options: { records: { type: "string", default: "1000000" }, seed: { type: "string", default: "1" } } });
const records = Number(values.records);
const dice = diceOf(Number(values.seed));

/** The keys of a special kind. @param {number} kind */
function keysOf(kind) {
  return Array.from({ length: Math.ceil((records - kind) / EVERY) }, (_, index) => keyOf(kind + index * EVERY));
}

/** @param {BackupAdapter} backup @param {(datastore: Datastore) => Promise<unknown>} work */
async function inStore(backup, work) {
  const datastore = new Datastore({ cache: memoryCache({ maxEntries: 1 }), backup, cullAfter: Infinity, backupWait: "1m", backupTimeout: "1m" });
  await work(datastore);
  await datastore.close();
}

/** @param {Datastore} datastore @param {readonly string[]} keys @param {(key: string) => Promise<unknown>} work */
async function forEach(datastore, keys, work) {
  for (let begin = 0; begin < keys.length; begin += 100) await Promise.all(keys.slice(begin, begin + 100).map(work));
  await datastore.flush();
}

/** @param {BackupAdapter} backup @param {readonly string[]} keys @param {string} value */
const setAll = (backup, keys, value) => inStore(backup, (datastore) => forEach(datastore, keys, (key) => datastore.set(key, value)));
/** @param {BackupAdapter} backup @param {readonly string[]} keys */
const deleteAll = (backup, keys) => inStore(backup, (datastore) => forEach(datastore, keys, (key) => datastore.delete(key)));

/** @param {string} line */
function say(line) {
  console.log(`${new Date().toISOString().slice(11, 19)}  ${line}`);
}

/** @param {BackupAdapter} backup */
async function newestIn(backup) {
  const newest = await newestOf(backup);
  await backup.close?.();
  return newest;
}

/** @param {string} name @param {Store} from @param {Store} to */
async function copyAndJudge(name, from, to) {
  const before = await newestIn(to.open());
  const { kills, highest, seconds, said } = await copyUntilDone(from.place, to.place, dice);
  say(`${name}: done after ${Math.round(seconds)} s and ${kills} kills, at most ${Math.round(highest / MIB)} MB of memory; the last run ${said}`);
  if (highest > MOST_MEMORY) fail(`${name}: memory is not flat`);
  const [source, target] = [from.open(), to.open()];
  const { read, wrong } = await judgeCopy(source, target, before, from.isFast ? source : target);
  await Promise.all([source.close?.(), target.close?.()]);
  say(`${name}: read ${read.toLocaleString("en")} keys, ${before.size.toLocaleString("en")} of which were there before: ${wrong.length} are wrong`);
  for (const line of wrong.slice(0, 20)) fail(`${name}: ${line}`);
}

/** @param {string} line */
function fail(line) {
  console.error(line);
  process.exitCode = 1;
}

/**
 * `isFast`: it reads fastest in the order of its own list.
 *
 * @typedef {{ readonly place: string, readonly isFast: boolean, open(): BackupAdapter }} Store
 */
const directory = await mkdtemp(join(tmpdir(), "lastgood-copies-"));
/** @param {string} name @returns {Store} */
const inFile = (name) => ({ place: `sqlite:${join(directory, name)}`, isFast: false, open: () => sqliteBackup(join(directory, name)) });
const [first, back] = [inFile("first.db"), inFile("back.db")];
/** @type {Store} */
const files = { place: `file:${join(directory, "files")}`, isFast: true, open: () => fsBackup(join(directory, "files")) };

try {
  await setAll(files.open(), [...keysOf(1), ...keysOf(2)], "older at TO");
  await setAll(back.open(), [...keysOf(3), ...keysOf(4)], "older at TO");
  await makeRecords(join(directory, "first.db"), records);
  say(`made ${records.toLocaleString("en")} records`);
  await deleteAll(first.open(), keysOf(1));
  await setAll(files.open(), keysOf(5), "newer at TO");
  await deleteAll(files.open(), keysOf(6));
  await setAll(back.open(), keysOf(7), "newer at TO");
  await deleteAll(back.open(), keysOf(8));

  await copyAndJudge("SQLite to files", first, files);
  await deleteAll(files.open(), keysOf(3));
  await copyAndJudge("files to SQLite", files, back);
} finally {
  await rm(directory, { recursive: true });
}
