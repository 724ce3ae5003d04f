import { type BackupInfo, recordId, recordKind, type RecordSummary } from "@lastgood/core/adapter";
import type { BackupStore } from "../stores/backup-store.ts";
import { showKey } from "../terminal/say.ts";
import { generationsOf } from "./generations.ts";
import { inParallel } from "./in-parallel.ts";

/** A key of a store, as a list shows it. Times are epoch milliseconds. */
export interface ListedKey {
  readonly id: string;
  /** The key with its namespaces; `undefined` if no record of it can be read. */
  readonly ref: string | undefined;
  /** When its newest readable record was loaded. */
  readonly loadedAt: number | undefined;
  readonly usedAt: number;
  /** Bytes of its newest record. */
  readonly size: number;
  /** Why its newest record cannot be read. */
  readonly problem: string | undefined;
}

/** Every key of a store that begins like this, but for those that were deleted. Reads each record: only they know their keys. */
export async function* keptKeys(store: BackupStore, prefix: string): AsyncGenerator<ListedKey, void> {
  for await (const key of inParallel(candidates(store, prefix), (info) => look(store, info))) {
    if (key !== undefined && (key.ref === undefined || showKey(key.ref).startsWith(prefix))) yield key;
  }
}

/** Ids begin with what can be read of their key, so most others need not be read. */
async function* candidates(store: BackupStore, prefix: string): AsyncGenerator<BackupInfo, void> {
  const slug = slugOf(prefix);
  for await (const info of store.list()) {
    if (recordKind(info.id) === "key" && info.id.startsWith(slug)) yield info;
  }
}

/** An id is this, `-` and 32 digits of a hash. */
function slugOf(prefix: string): string {
  return recordId(prefix).slice(0, -32).replace(/-$/, "");
}

async function look(store: BackupStore, { id, usedAt, size }: BackupInfo): Promise<ListedKey | undefined> {
  let problem: string | undefined;
  for await (const { summary, problem: found, number } of generationsOf(store, id)) {
    if (number === 1) problem = found;
    if (summary !== undefined) return described(id, summary, { usedAt, size, problem });
  }
  // Without a record it has been deleted since it was listed.
  return problem === undefined ? undefined : { id, ref: undefined, loadedAt: undefined, usedAt, size, problem };
}

function described(id: string, { key, deleted, loadedAt }: RecordSummary, rest: Pick<ListedKey, "usedAt" | "size" | "problem">): ListedKey | undefined {
  return deleted && rest.problem === undefined ? undefined : { id, ref: key, loadedAt: deleted ? undefined : loadedAt, ...rest };
}
