import type { BackupInfo, BackupRecord } from "./adapter/contract.ts";
import type { GuardedBackup } from "./backup/guarded-backup.ts";
import { describeRecord, type RecordSummary } from "./entry/record-summary.ts";
import { recordKind } from "./entry/record-id.ts";

/**
 * Every key that has a backup, as its newest record describes it. Skips outages, marks, tombstones and damaged records. `unread` gets the
 * error for a record that the store cannot read. If it throws, so does the walk.
 */
export async function* backedUpKeys(store: GuardedBackup, unread: (error: unknown) => void): AsyncIterable<RecordSummary & Pick<BackupInfo, "usedAt" | "size">> {
  for await (const { id, usedAt, size } of store.list()) {
    const record = recordKind(id) === "key" ? await readOr(store, id, unread) : undefined;
    const summary = record && describeRecord(record.bytes);
    if (typeof summary === "object" && !summary.deleted) yield { ...summary, usedAt, size };
  }
}

async function readOr(store: GuardedBackup, id: string, unread: (error: unknown) => void): Promise<BackupRecord | undefined> {
  try {
    return await store.readId(id);
  } catch (error) {
    unread(error);
    return undefined;
  }
}
