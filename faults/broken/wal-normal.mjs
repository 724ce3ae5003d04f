/** A SQLite that is set up for speed, as most advice has it: a commit is not on the disk until the next checkpoint. */

import Database from "better-sqlite3";

/** @typedef {import("@lastgood/core/adapter").BackupAdapter} BackupAdapter */
/** @typedef {import("@lastgood/core/adapter").BackupFactory} BackupFactory */

/** @param {string} file @returns {BackupAdapter} */
function create(file) {
  const database = new Database(file);
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = NORMAL");
  database.exec("CREATE TABLE IF NOT EXISTS records (id TEXT, loaded_at INTEGER, bytes BLOB, PRIMARY KEY (id, loaded_at))");
  const newest = database.prepare("SELECT bytes, loaded_at AS loadedAt FROM records WHERE id = ? AND loaded_at < ? ORDER BY loaded_at DESC LIMIT 1");
  const insert = database.prepare("INSERT OR REPLACE INTO records VALUES (?, ?, ?)");
  const remove = database.prepare("DELETE FROM records WHERE id = ?");
  return {
    name: "wal-normal",
    read: (id, { before = Infinity } = {}) =>
      // Two columns, as they stand in the statement.
      /** @type {import("@lastgood/core/adapter").BackupRecord | undefined} */ (newest.get(id, Math.min(before, Number.MAX_SAFE_INTEGER))),
    write(id, bytes, { loadedAt }) {
      insert.run(id, loadedAt, bytes);
      return loadedAt;
    },
    touch: () => {},
    async *list() {},
    delete: (id) => remove.run(id).changes > 0,
    close: () => void database.close(),
  };
}

/** @type {BackupFactory} */
export const walNormal = Object.assign(create, {
  kind: /** @type {const} */ ("backup"),
  schemes: ["wal-normal"],
  urlOptions: [],
  /** @param {import("@lastgood/core/adapter").StoreUrl} url */
  fromUrl: ({ location }) => create(location),
});
