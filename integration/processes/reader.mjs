/**
 * One of many processes that share their stores: asks for keys in turn, for as long as it lives, and writes down each answer
 * with the time at which it began to ask and the time at which it had the answer, by the one clock that all processes of a
 * machine share. Its loader fails three times in ten.
 */

import { createHash, randomBytes, randomInt } from "node:crypto";
import { writeSync } from "node:fs";
import { fsBackup } from "@lastgood/backup-fs";
import { postgresBackup } from "@lastgood/backup-postgres";
import { s3Backup } from "@lastgood/backup-s3";
import { sqliteBackup } from "@lastgood/backup-sqlite";
import { redisCache } from "@lastgood/cache-redis";
import { Datastore, fromEnv } from "@lastgood/core";

const KEYS = ["a", "b", "c", "d"];

/** @satisfies {Partial<import("@lastgood/core").DatastoreOptions>} */
const options = {
  ttl: "50ms",
  // A value counts as acknowledged once get has answered with it: the backup must have it by then.
  backupWait: "60s",
  backupTimeout: "60s",
  cacheTimeout: "10s",
};

// Several backups, which no URL names.
const directories = process.env["BACKUP_DIRECTORIES"]?.split(":");
const datastore =
  directories === undefined
    ? fromEnv({ adapters: [redisCache, fsBackup, sqliteBackup, s3Backup, postgresBackup], ...options })
    : new Datastore({ cache: redisCache(process.env["LASTGOOD_CACHE_URL"] ?? ""), backup: directories.map((directory) => fsBackup(directory)), ...options });

/** A value that shows whether it is whole. */
function load() {
  if (randomInt(10) < 3) throw new Error("the source is down");
  const text = randomBytes(randomInt(10, 5_000)).toString("hex");
  return { text, sum: sumOf(text) };
}

/** @param {string} text */
function sumOf(text) {
  return createHash("sha256").update(text).digest("hex");
}

for (let turn = randomInt(KEYS.length); ; turn++) {
  const key = KEYS[turn % KEYS.length] ?? "a";
  const began = Number(process.hrtime.bigint());
  try {
    const { value, loadedAt, source } = await datastore.getResult(key, load);
    const whole = sumOf(value.text) === value.sum;
    writeSync(1, `${JSON.stringify({ key, began, ended: Number(process.hrtime.bigint()), loadedAt, source, whole })}\n`);
  } catch (error) {
    // Right only before the first value of the key: the test looks at that.
    const message = error instanceof Error ? error.message : String(error);
    writeSync(1, `${JSON.stringify({ key, began, ended: Number(process.hrtime.bigint()), error: message })}\n`);
  }
}
