import { Datastore } from "@lastgood/core";
import type { BackupAdapter } from "@lastgood/core/adapter";
import { NO_CACHE } from "./no-cache.ts";

/** The record that a program would have written, had it loaded this value at that time. */
export async function makeRecord(key: string, value: unknown, loadedAt: number): Promise<Uint8Array> {
  let record: Uint8Array | undefined;
  const backup: BackupAdapter = {
    name: "one record",
    read: () => undefined,
    write: (_, bytes) => {
      record = bytes;
      return loadedAt;
    },
    touch: () => undefined,
    async *list() {},
    delete: () => false,
  };
  const datastore = new Datastore({ cache: NO_CACHE, backup, clock: { now: () => loadedAt }, cullAfter: Infinity });
  try {
    await datastore.set(key, value);
  } finally {
    await datastore.close();
  }
  if (record === undefined) throw new Error("no record was made of it");
  return record;
}
