import { describeRecord, isError, isIdOf, messageOf, recordKind, type RecordSummary } from "@lastgood/core/adapter";
import { type BackupStore, StoreError } from "../stores/backup-store.ts";

// A store keeps two generations, or as many as its options say. The limit protects from a store that keeps returning records.
const MOST_GENERATIONS = 1_000;

/** A record, the newest of its id being 1. */
export interface Generation {
  readonly number: number;
  /** Orders the records of a key. */
  readonly stamp: number;
  readonly bytes: Uint8Array;
  /** What the record says of itself; `undefined` if it cannot be read. */
  readonly summary: RecordSummary | undefined;
  /** Why it cannot be read. */
  readonly problem: string | undefined;
}

/** Every record of an id, the newest first, those that cannot be read included. */
export async function* generationsOf(store: BackupStore, id: string): AsyncGenerator<Generation, void> {
  let before: number | undefined;
  for (let number = 1; number <= MOST_GENERATIONS; number++) {
    const found = await read(store, id, before);
    if (found === undefined || (before !== undefined && !(found.stamp < before))) return;
    before = found.stamp;
    yield { number, ...found };
  }
}

async function read(store: BackupStore, id: string, before: number | undefined): Promise<Omit<Generation, "number"> | undefined> {
  try {
    const record = await store.read(id, before);
    return record && { stamp: record.loadedAt, bytes: record.bytes, ...judged(id, record.bytes) };
  } catch (error) {
    if (!(error instanceof StoreError) || error.loadedAt === undefined) throw error;
    return { stamp: error.loadedAt, bytes: new Uint8Array(), summary: undefined, problem: `not readable: ${reasonOf(error)}` };
  }
}

function reasonOf({ cause, message }: StoreError): string {
  return isError(cause) ? messageOf(cause) : message;
}

function judged(id: string, bytes: Uint8Array): Pick<Generation, "summary" | "problem"> {
  const summary = describeRecord(bytes);
  if (typeof summary === "string") return { summary: undefined, problem: summary };
  if (isOf(id, summary)) return { summary, problem: undefined };
  return { summary: undefined, problem: "record of another key" };
}

/** An outage whose key is a secret does not say it. */
function isOf(id: string, { key }: RecordSummary): boolean {
  return isIdOf(id, key) || (recordKind(id) === "outage" && key === "");
}
