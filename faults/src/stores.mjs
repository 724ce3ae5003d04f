/** Every backup store, opened for a process under test, and laid open for whoever damages what is in it. */

import { readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import Database from "better-sqlite3";
import { idOf, recordsIn } from "./machine/records.mjs";
import { startPostgres } from "./postgres.mjs";
import { startS3 } from "./s3.mjs";

/**
 * @typedef {import("./context.mjs").Context} Context
 *
 * @typedef {object} StoredRecord
 * @property {Buffer} bytes
 * @property {boolean} isNewest Of its key.
 * @property {string} group Of one key.
 * @property {(bytes: Uint8Array) => unknown} replace Puts other bytes in its place.
 *
 * @typedef {object} Store
 * @property {string} backup Its URL.
 * @property {Readonly<Record<string, string>>} env
 * @property {() => Promise<StoredRecord[]>} records All that are in it.
 */

/** @type {Readonly<Record<string, (context: Context) => Promise<Store>>>} */
export const STORES = {
  async fs(context) {
    const directory = join(await context.directory(), "backups");
    return { backup: `file:${directory}`, env: {}, records: () => filesIn(directory) };
  },

  async sqlite(context) {
    const file = join(await context.directory(), "backups.db");
    return { backup: `sqlite:${file}`, env: {}, records: async () => rowsIn(context, file) };
  },

  async s3(context) {
    const s3 = await startS3(context);
    return { backup: s3.url, env: s3.env, records: () => objectsIn(s3) };
  },

  async postgres(context) {
    const postgres = await startPostgres(context);
    return { backup: postgres.url, env: {}, records: () => rowsOf(postgres) };
  },
};

/** @param {string} directory */
async function filesIn(directory) {
  const found = await Promise.all(
    (await recordsIn(directory)).map(async (file) => {
      return { bytes: await readFile(file), group: idOf(file), order: basename(file), replace: (/** @type {Uint8Array} */ bytes) => writeFile(file, bytes) };
    }),
  );
  return withNewest(found);
}

/** @param {Context} context @param {string} file */
function rowsIn(context, file) {
  const database = new Database(file);
  // It is about what is in there, and not about how it got there.
  database.pragma("synchronous = OFF");
  context.after(() => database.close());
  const rows = /** @type {{ id: string, loaded_at: number, payload: number, bytes: Buffer }[]} */ (database.prepare("SELECT id, loaded_at, payload, bytes FROM records JOIN payloads ON number = payload").all());
  const update = database.prepare("UPDATE payloads SET bytes = ? WHERE number = ?");
  return withNewest(
    rows.map(({ id, loaded_at: loadedAt, payload, bytes }) => ({ bytes, group: id, order: String(loadedAt), replace: (/** @type {Uint8Array} */ changed) => void update.run(changed, payload) })),
  );
}

/** @param {Awaited<ReturnType<typeof startPostgres>>} postgres */
async function rowsOf({ run }) {
  const rows = await run("SELECT id, lpad(loaded_at::text, 16, '0') AS stamp, bytes FROM lastgood_backup_records");
  const replace = (/** @type {Record<string, any>} */ { id, stamp }, /** @type {Uint8Array} */ bytes) =>
    run("UPDATE lastgood_backup_records SET bytes = $3 WHERE id = $1 AND loaded_at = $2::bigint", [id, stamp, Buffer.from(bytes)]);
  return withNewest(rows.map((row) => ({ bytes: row["bytes"], group: row["id"], order: row["stamp"], replace: (/** @type {Uint8Array} */ bytes) => replace(row, bytes) })));
}

/** @param {Awaited<ReturnType<typeof startS3>>} s3 */
async function objectsIn({ client, bucket }) {
  /** @type {string[]} */
  const keys = [];
  for (let token = /** @type {string | undefined} */ (undefined), more = true; more; ) {
    const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, ContinuationToken: token }));
    keys.push(...(page.Contents ?? []).flatMap(({ Key: key, Size: size }) => (key === undefined || size === 0 ? [] : [key])));
    token = page.NextContinuationToken;
    more = page.IsTruncated === true;
  }
  const found = [];
  for (const key of keys) {
    const object = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const bytes = Buffer.from((await object.Body?.transformToByteArray()) ?? []);
    // Names count down, so that the newest lists first.
    const order = basename(key).replaceAll(/\d/g, (digit) => String(9 - Number(digit)));
    found.push({ bytes, group: dirname(key), order, replace: (/** @type {Uint8Array} */ changed) => client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: changed })) });
  }
  return withNewest(found);
}

/** @param {(Omit<StoredRecord, "isNewest"> & { order: string })[]} records @returns {StoredRecord[]} Those of keys, without what is kept beside them. */
function withNewest(records) {
  /** @type {Map<string, string>} */
  const newest = new Map();
  for (const { group, order } of records) if (order > (newest.get(group) ?? "")) newest.set(group, order);
  return records.filter(({ group }) => !basename(group).startsWith("o_")).map((record) => ({ ...record, isNewest: newest.get(record.group) === record.order }));
}
