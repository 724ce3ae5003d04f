/** Durable writes as the protocol of each store has them at the least, and as its backup does them. */

import { randomUUID } from "node:crypto";
import { mkdir, open, rename } from "node:fs/promises";
import { join } from "node:path";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { fsBackup } from "@lastgood/backup-fs";
import { s3Backup } from "@lastgood/backup-s3";
import { sqliteBackup } from "@lastgood/backup-sqlite";
import Database from "better-sqlite3";
import { Keyv } from "keyv";
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
    const database = durableDatabase(join(directory, "bare.db"));
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
async function handMadeWrite({ directory }) {
  const folder = join(directory, "hand-made");
  await mkdir(folder);
  /** @type {LRUCache<string, Uint8Array>} */
  const cache = new LRUCache({ max: 10_000 });
  return async (id, bytes) => {
    cache.set(id, bytes);
    await writeFileAtomic(join(folder, id), Buffer.from(bytes));
  };
}

/** A file for each value, as bentocache's file level writes it: it flushes nothing. @param {Place} place @returns {Promise<Write>} */
async function bentocacheWrite({ directory }) {
  const [{ BentoCache, bentostore }, { fileDriver }] = await Promise.all([import("bentocache"), import("bentocache/drivers/file")]);
  const files = bentostore().useL2Layer(fileDriver({ directory: join(directory, "bentocache"), pruneInterval: false }));
  const cache = new BentoCache({ default: "files", stores: { files } });
  return (id, bytes) => cache.set({ key: id, value: Buffer.from(bytes).toString("latin1"), ttl: "1h" });
}

/** Keyv on a table of SQLite, in the same mode as the bare protocol. @param {Place} place @returns {Keyv} */
function keyvOnSqlite({ directory }) {
  const database = durableDatabase(join(directory, "keyv.db"));
  database.exec("CREATE TABLE keyv (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT");
  const [select, replace, remove] = ["SELECT value FROM keyv WHERE key = ?", "INSERT OR REPLACE INTO keyv VALUES (?, ?)", "DELETE FROM keyv WHERE key = ?"].map((sql) => database.prepare(sql));
  const store = {
    opts: {},
    get: async (/** @type {string} */ key) => /** @type {{ value: string } | undefined} */ (select?.get(key))?.value,
    set: async (/** @type {string} */ key, /** @type {string} */ value) => replace?.run(key, value).changes === 1,
    delete: async (/** @type {string} */ key) => remove?.run(key).changes === 1,
    clear: async () => void database.exec("DELETE FROM keyv"),
    on: () => store,
  };
  return new Keyv({ store: /** @type {any} */ (store) }); // its types of stores differ from release to release
}

/** @param {Place} place @returns {Write} */
function keyvWrite(place) {
  const keyv = keyvOnSqlite(place);
  return (id, bytes) => keyv.set(id, Buffer.from(bytes).toString("latin1"));
}

/** A cache in memory before the table: a write is done when both have it. @param {Place} place @returns {Promise<Write>} */
async function cacheableWrite(place) {
  const { Cacheable } = await import("cacheable");
  const cache = new Cacheable({ secondary: keyvOnSqlite(place), nonBlocking: false });
  return (id, bytes) => cache.set(id, Buffer.from(bytes).toString("latin1"));
}

/** What others write with, to the stores they have. @type {Record<string, Record<string, (place: Place) => Promise<Write> | Write>>} */
export const peersOfWrites = {
  fs: { "lru-cache + write-file-atomic": handMadeWrite, "bentocache, unflushed": bentocacheWrite },
  SQLite: { keyv: keyvWrite, cacheable: cacheableWrite },
  S3: {},
};

/** @param {string} path */
function durableDatabase(path) {
  const database = new Database(path);
  database.pragma("journal_mode = PERSIST");
  database.pragma("synchronous = FULL");
  return database;
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
