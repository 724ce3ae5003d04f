import { recordKind } from "@lastgood/core/adapter";
import type { BackupStore } from "../stores/backup-store.ts";
import { generationsOf } from "../records/generations.ts";

/** Records that are read: enough to find a store that is damaged as a whole. */
const SAMPLE = 100;

/** What a list of a store says of it. */
export interface Survey {
  keys: number;
  outages: number;
  /** Of the newest records. */
  bytes: number;
  newestUse: number;
  oldestUse: number;
  /** Records that were read. */
  sampled: number;
  unreadable: number;
  /** Milliseconds of the list. */
  took: number;
}

/** Lists the whole store, and reads some of its records. */
export async function survey(store: BackupStore): Promise<Survey> {
  const began = performance.now();
  const found: Survey = { keys: 0, outages: 0, bytes: 0, newestUse: 0, oldestUse: Infinity, sampled: 0, unreadable: 0, took: 0 };
  const sample: string[] = [];
  for await (const { id, usedAt, size } of store.list()) {
    found.bytes += size;
    if (sample.length < SAMPLE) sample.push(id);
    const kind = recordKind(id);
    if (kind === "outage") found.outages++;
    else if (kind === "key") {
      found.keys++;
      found.newestUse = Math.max(found.newestUse, usedAt);
      found.oldestUse = Math.min(found.oldestUse, usedAt);
    }
  }
  found.took = performance.now() - began;
  for (const id of sample) await read(store, id, found);
  return found;
}

async function read(store: BackupStore, id: string, found: Survey): Promise<void> {
  for await (const { problem } of generationsOf(store, id)) {
    found.sampled++;
    if (problem !== undefined) found.unreadable++;
  }
}
