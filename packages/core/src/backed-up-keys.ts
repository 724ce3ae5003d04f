import type { BackupInfo, BackupRecord } from "./adapter/contract.ts";
import type { GuardedBackup } from "./backup/guarded-backup.ts";
import { describeRecord, type RecordSummary } from "./entry/record-summary.ts";
import { OUTAGE_PREFIX } from "./outage/outage-log.ts";

/**
 * Every key that has a backup, as its newest record describes it. Skips outage records, tombstones and damaged records. `unread` gets the
 * error for a record that the store cannot read. If it throws, so does the walk.
 */
export async function* backedUpKeys(store: GuardedBackup, unread: (error: unknown) => void): AsyncIterable<RecordSummary & Pick<BackupInfo, "usedAt" | "size">> {
  for await (const { id, usedAt, size } of store.list()) {
    const record = id.startsWith(OUTAGE_PREFIX) ? undefined : await readOr(store, id, unread);
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
