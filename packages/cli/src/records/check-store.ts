import { type BackupInfo, messageOf, recordKind } from "@lastgood/core/adapter";
import { type BackupStore, StoreError } from "../stores/backup-store.ts";
import { damageOf } from "../stores/check-sqlite.ts";
import { generationsOf } from "./generations.ts";
import { inParallel } from "./in-parallel.ts";

/** Something in a store that cannot be read, or is not as it was written. */
export interface Defect {
  readonly store: string;
  /** `undefined` if it is the store as a whole. */
  readonly id: string | undefined;
  /** The key with its namespaces, if another record of it says so. */
  readonly ref: string | undefined;
  /** 1 is the newest record of the key. */
  readonly generation: number | undefined;
  readonly stamp: number | undefined;
  readonly problem: string;
}

/** What was looked at. */
export interface Tally {
  keys: number;
  records: number;
  outages: number;
  marks: number;
  bytes: number;
}

/** Reads every record of a store and checks its sum. Yields what is wrong, and goes on. */
export async function* defectsOf(store: BackupStore, tally: Tally): AsyncGenerator<Defect, void> {
  yield* inList(store, tally);
  if (store.place.kind !== "sqlite") return;
  for (const problem of damageOf(store.place.path)) yield ofStore(store, problem);
}

/** A list that breaks off has told of all that it could. */
async function* inList(store: BackupStore, tally: Tally): AsyncGenerator<Defect, void> {
  try {
    for await (const defects of inParallel(store.list(), (info) => look(store, info, tally))) yield* defects;
  } catch (error) {
    if (!(error instanceof StoreError) || tally.keys + tally.outages + tally.marks === 0) throw error;
    yield ofStore(store, messageOf(error));
  }
}

async function look(store: BackupStore, { id }: BackupInfo, tally: Tally): Promise<readonly Defect[]> {
  const kind = recordKind(id);
  const defects: Defect[] = [];
  let ref: string | undefined;
  try {
    for await (const { number, stamp, bytes, summary, problem } of generationsOf(store, id)) {
      tally.bytes += bytes.byteLength;
      if (kind === "key") tally.records++;
      ref ??= summary?.key;
      if (problem !== undefined) defects.push({ store: store.title, id, ref: undefined, generation: number, stamp, problem });
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    defects.push({ store: store.title, id, ref: undefined, generation: undefined, stamp: undefined, problem: messageOf(error) });
  }
  tally[`${kind}s`]++;
  return defects.map((defect) => ({ ...defect, ref }));
}

function ofStore(store: BackupStore, problem: string): Defect {
  return { store: store.title, id: undefined, ref: undefined, generation: undefined, stamp: undefined, problem };
}
