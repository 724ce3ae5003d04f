import { unusedFor } from "@lastgood/core/adapter";
import type { BackupStore } from "../stores/backup-store.ts";
import { generationsOf } from "./generations.ts";

/** An id that a cull would delete. */
export interface UnusedId {
  readonly id: string;
  readonly usedAt: number;
  readonly size: number;
  /** The key with its namespaces, if a record says it. */
  readonly ref: string | undefined;
}

/** What a cull would find. */
export interface Survey {
  examined: number;
  unused: number;
}

/** The ids that a cull would delete now. Takes no lock and changes nothing. */
export async function* unusedIds(store: BackupStore, cullTime: number, survey: Survey): AsyncGenerator<UnusedId, void> {
  const usedBefore = Date.now() - unusedFor(cullTime);
  for await (const { id, usedAt, size } of store.list()) {
    survey.examined++;
    if (usedAt >= usedBefore) continue;
    survey.unused++;
    yield { id, usedAt, size, ref: await refOf(store, id) };
  }
}

async function refOf(store: BackupStore, id: string): Promise<string | undefined> {
  for await (const { summary } of generationsOf(store, id)) if (summary !== undefined) return summary.key;
  return undefined;
}
