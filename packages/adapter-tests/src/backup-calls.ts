import assert from "node:assert/strict";
import type { Awaitable, BackupAdapter, BackupInfo, CallOptions } from "@lastgood/core/adapter";
import { numberOf, patterned } from "./bytes.ts";
import type { StoreTest } from "./suite.ts";

/** Declares one test of a backup. */
export type BackupIt = (sentence: string, body: StoreTest<BackupAdapter>) => void;

/** Writes a record whose bytes show that it is whole and belongs to its stamp. */
export function put(
  backup: BackupAdapter,
  id: string,
  loadedAt: number,
  usedAt: number = loadedAt,
  length = 50,
): Awaitable<number> {
  return backup.write(id, patterned(loadedAt, length), { loadedAt, usedAt });
}

/** Reads a record written by `put`, checks that it is whole and has its own stamp, and returns that stamp. */
export async function stampRead(backup: BackupAdapter, id: string, before?: number): Promise<number | undefined> {
  const record = await backup.read(id, before === undefined ? undefined : { before });
  if (record === undefined) return undefined;
  assert.equal(numberOf(record.bytes), record.loadedAt % 2 ** 32, `${id}: the bytes of another record than the stamp's`);
  return record.loadedAt;
}

/** Lists the whole store, by id, and checks that no id comes twice. */
export async function listed(backup: BackupAdapter, options?: CallOptions): Promise<Map<string, BackupInfo>> {
  const found = new Map<string, BackupInfo>();
  for await (const { id, usedAt, loadedAt, size } of backup.list(options)) {
    assert.ok(!found.has(id), `list gave "${id}" twice`);
    found.set(id, { id, usedAt, loadedAt, size });
  }
  return found;
}

/** When the id was last used, by `list`. */
export async function lastUse(backup: BackupAdapter, id: string): Promise<number | undefined> {
  return (await listed(backup)).get(id)?.usedAt;
}
