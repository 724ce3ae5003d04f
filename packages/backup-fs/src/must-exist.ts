import { stat } from "node:fs/promises";
import type { BackupAdapter } from "@lastgood/core/adapter";
import { ifThere } from "./errors.ts";

/** The same backup, but every call fails while the directory is missing. So no call makes it. */
export function onlyIfThere(root: string, backup: Required<Omit<BackupAdapter, "details">>): BackupAdapter {
  const insist = async (): Promise<void> => {
    if ((await ifThere(stat(root))) !== undefined) return;
    throw new Error(`fsBackup: directory must exist, since mustExist is true; got "${root}": check the path`);
  };
  return {
    name: backup.name,
    // A record that is there says that its directory is.
    read: async (id, options) => (await backup.read(id, options)) ?? (await insist(), undefined),
    write: async (id, bytes, options) => (await insist(), backup.write(id, bytes, options)),
    touch: async (id, options) => (await insist(), backup.touch(id, options)),
    async *list(options) {
      await insist();
      yield* backup.list(options);
    },
    delete: async (id, options) => (await insist(), backup.delete(id, options)),
    lock: async (options) => (await insist(), backup.lock(options)),
    close: () => backup.close(),
  };
}
