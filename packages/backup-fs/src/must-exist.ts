import { stat } from "node:fs/promises";
import type { BackupAdapter } from "@lastgood/core/adapter";
import { ifThere } from "./errors.ts";

/** The same backup, whose calls fail while the directory is not there, and make none. */
export function onlyIfThere(root: string, backup: Required<BackupAdapter>): BackupAdapter {
  const insist = async (): Promise<void> => {
    if ((await ifThere(stat(root))) !== undefined) return;
    throw new Error(`${root} is not there, and mustExist forbids to make it: see whether the path is right`);
  };
  return {
    name: backup.name,
    read: async (id, options) => (await insist(), backup.read(id, options)),
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
