import { type BackupAdapter, type BackupFactory, type BackupInfo, type CallOptions, type StoreUrl, storePath } from "@lastgood/core/adapter";
import { DatabaseThread } from "./database-thread.ts";
import { checkedSettings, type SqliteBackupOptions } from "./options.ts";

/** Ids in one page of `list`. A page holds up the thread and then the event loop, for a fraction of a millisecond each. */
const pageSize = 200;

/** The type of `sqliteBackup`: a function, which `fromEnv` takes as well. */
export interface SqliteBackupFactory extends BackupFactory {
  /**
   * Makes backups in one SQLite file, which several processes may share. A missing file or directory is created, readable
   * by its owner alone. The first call opens the file.
   *
   * @param file A path, or a `file:` URL.
   * @throws TypeError or RangeError at once for a wrong argument. A problem with the file rejects the calls.
   * @example
   * ```ts
   * import { Datastore } from "@lastgood/core";
   * import { memoryCache } from "@lastgood/cache-memory";
   * import { sqliteBackup } from "@lastgood/backup-sqlite";
   *
   * const datastore = new Datastore({
   *   cache: memoryCache(),
   *   backup: sqliteBackup("./var/backups.db", { generations: 3 }),
   * });
   * await datastore.close();
   * ```
   */
  (file: string | URL, options?: SqliteBackupOptions): BackupAdapter;
}

/**
 * Makes backups in one SQLite file, which several processes may share. A missing file or directory is created, readable by
 * its owner alone. With `fromEnv`: `sqlite:./var/backups.db`, `sqlite:~/backups.db`,
 * `sqlite:///var/backups.db?generations=3`.
 *
 * The first call opens the file. The database runs in its own thread, so neither a slow disk nor another process's lock
 * blocks the event loop. An idle thread keeps no process alive.
 *
 * @example
 * ```ts
 * import { sqliteBackup } from "@lastgood/backup-sqlite";
 *
 * const backup = sqliteBackup("./var/backups.db", { generations: 3 });
 * ```
 */
export const sqliteBackup: SqliteBackupFactory = Object.assign(create, {
  kind: "backup" as const,
  schemes: ["sqlite"],
  urlOptions: ["generations", "busyTimeout", "mustExist", "driver"],
  fromUrl: (url: StoreUrl) => create(storePath("sqliteBackup", url), url.options),
});

function create(file: string | URL, options: SqliteBackupOptions = {}): BackupAdapter {
  const thread = new DatabaseThread(checkedSettings(file, options));

  return {
    name: "sqlite",

    get details() {
      return thread.details;
    },

    read: (id, { before = Infinity, signal } = {}) => thread.run(["read", id, before], signal),

    write: (id, bytes, { loadedAt, usedAt, signal }) => thread.run(["write", id, copyOf(bytes), loadedAt, usedAt], signal),

    touch: (id, { usedAt, signal }) => thread.run(["touch", id, usedAt], signal),

    list: ({ signal } = {}) => everyId(thread, signal),

    delete: (id, { ifUsedBefore = Infinity, signal } = {}) => thread.run(["delete", id, ifUsedBefore], signal),

    close: () => thread.close(),
  };
}

/** Reads in pages, each a separate query, so a slow reader neither blocks writers nor fills the memory. */
async function* everyId(thread: DatabaseThread, signal: CallOptions["signal"]): AsyncGenerator<BackupInfo, void> {
  let after = "";
  for (;;) {
    const page = await thread.run(["page", after, pageSize], signal);
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}

/** A copy, because posting a view sends its whole buffer, which for a Buffer may be a shared pool. */
function copyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
