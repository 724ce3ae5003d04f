/** Durable writes as the protocol of each store has them at the least, and as its backup does them. */

import { randomUUID } from "node:crypto";
import { mkdir, open, rename } from "node:fs/promises";
import { join } from "node:path";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { fsBackup } from "@lastgood/backup-fs";
import { s3Backup } from "@lastgood/backup-s3";
import { sqliteBackup } from "@lastgood/backup-sqlite";
import Database from "better-sqlite3";
import { LRUCache } from "lru-cache";
import writeFileAtomic from "write-file-atomic";

/**
 * @typedef {import("@lastgood/core").BackupAdapter} BackupAdapter
 * @typedef {{ directory: string, s3?: import("@aws-sdk/client-s3").S3ClientConfig }} Place
 * @typedef {(id: string, bytes: Uint8Array) => Promise<unknown>} Write Resolves when the bytes are durable.
 */

export const BUCKET = "benchmarks";

/** @type {Record<string, (place: Place) => BackupAdapter>} */
export const backups = {
  fs: ({ directory }) => fsBackup(join(directory, "backups")),
  SQLite: ({ directory }) => sqliteBackup(join(directory, "backups.db")),
  S3: ({ s3 = {} }) => s3Backup(s3, { bucket: BUCKET, prefix: `backups-${randomUUID()}` }),
};

/** @type {Record<string, (place: Place) => Promise<Write> | Write>} */
const bareProtocols = {
  /** A new file, flushed, renamed into place, and the directory flushed. */
  async fs({ directory }) {
    const folder = join(directory, "bare");
    await mkdir(folder);
    return async (id, bytes) => {
      const temporary = join(folder, `tmp-${randomUUID()}`);
      const file = await open(temporary, "wx", 0o600);
      await file.writeFile(bytes);
      await file.sync();
      await file.close();
      await rename(temporary, join(folder, id));
      const parent = await open(folder, "r");
      await parent.sync();
      await parent.close();
    };
  },
  /** A row, in a transaction of its own, in the mode that the backup has chosen. */
  SQLite({ directory }) {
    const database = new Database(join(directory, "bare.db"));
    database.pragma("journal_mode = PERSIST");
    database.pragma("synchronous = FULL");
    database.exec("CREATE TABLE records (id TEXT NOT NULL, loaded_at INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (id, loaded_at)) STRICT");
    const insert = database.prepare("INSERT INTO records (id, loaded_at, bytes) VALUES (?, ?, ?)");
    return async (id, bytes) => insert.run(id, Date.now(), bytes);
  },
  /** One PUT. */
  S3({ s3 = {} }) {
    const client = new S3Client({ ...s3, requestChecksumCalculation: "WHEN_REQUIRED", responseChecksumValidation: "WHEN_REQUIRED" });
    const prefix = `bare-${randomUUID()}`;
    return (id, bytes) => client.send(new PutObjectCommand({ Bucket: BUCKET, Key: `${prefix}/${id}`, Body: bytes }));
  },
};

/** What people build by hand: a cache in memory, and a file for each value. It does not flush the directory. @param {Place} place @returns {Promise<Write>} */
export async function handMadeWrite({ directory }) {
  const folder = join(directory, "hand-made");
  await mkdir(folder);
  /** @type {LRUCache<string, Uint8Array>} */
  const cache = new LRUCache({ max: 10_000 });
  return async (id, bytes) => {
    cache.set(id, bytes);
    await writeFileAtomic(join(folder, id), Buffer.from(bytes));
  };
}

/** @param {string} store @param {Place} place @returns {Write} */
export function backupWrite(store, place) {
  const backup = backups[store]?.(place);
  if (backup === undefined) throw new RangeError(`there is no backup ${store}`);
  return async (id, bytes) => backup.write(id, bytes, { loadedAt: Date.now(), usedAt: Date.now() });
}

/** @param {string} store @param {Place} place */
export async function bareWrite(store, place) {
  const write = await bareProtocols[store]?.(place);
  if (write === undefined) throw new RangeError(`there is no protocol ${store}`);
  return write;
}
