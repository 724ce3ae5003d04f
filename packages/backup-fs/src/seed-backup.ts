import { type BackupAdapter, type BackupFactory, type StoreUrl, storePath } from "@lastgood/core/adapter";
import { fsBackup } from "./backup-fs.ts";
import { directoryOf } from "./options.ts";

/** The type of `seedBackup`: a function, which `fromEnv` takes as well. */
export interface SeedBackupFactory extends BackupFactory {
  /**
   * Answers from a directory of backups that was shipped with the program, and keeps nothing.
   *
   * @param directory A path or a `file:` URL. A relative path is resolved now.
   * @throws TypeError or RangeError for a wrong directory.
   * @example
   * ```ts
   * import { fsBackup, seedBackup } from "@lastgood/backup-fs";
   * import { memoryCache } from "@lastgood/cache-memory";
   * import { Datastore } from "@lastgood/core";
   *
   * const datastore = new Datastore({ cache: memoryCache(), backup: [fsBackup("./var/backups"), seedBackup("./seed")] });
   * ```
   */
  (directory: string | URL): BackupAdapter;
}

/**
 * Answers from a directory of backups that was shipped with the program, where no other backup has a record. It keeps nothing: list it beside
 * a backup that does. Any directory that `fsBackup` has written will do. For `fromEnv`, `LASTGOOD_BACKUP_URL` is `seed:./seed`.
 *
 * @example
 * ```ts
 * import { seedBackup } from "@lastgood/backup-fs";
 *
 * const backup = seedBackup("./seed");
 * ```
 */
export const seedBackup: SeedBackupFactory = Object.assign(create, {
  kind: "backup" as const,
  schemes: ["seed"],
  urlOptions: [],
  fromUrl: (url: StoreUrl) => create(storePath("seedBackup", url)),
});

function create(directory: string | URL): BackupAdapter {
  const root = directoryOf("seedBackup", directory);
  // A directory that is not there was forgotten in the build.
  const records = fsBackup(root, { mustExist: true });
  const refuse = async (): Promise<never> => {
    throw Object.assign(new Error(`seedBackup: ${root} is read-only: it is shipped with the program. List a backup that keeps values beside it`), { code: "READ_ONLY_STORE" });
  };
  return {
    name: "seed",
    read: (id, options) => records.read(id, options),
    write: refuse,
    touch: () => undefined,
    // What it has is not its own to cull.
    async *list() {},
    delete: refuse,
  };
}
