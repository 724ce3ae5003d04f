import { randomUUID } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { fsBackup } from "@lastgood/backup-fs";
import { sqliteBackup } from "@lastgood/backup-sqlite";
import { chooseDriver, type SqliteDatabase } from "@lastgood/backup-sqlite/driver";
import { type BackupAdapter, Datastore, type DatastoreOptions } from "@lastgood/core";
import type { ByteCacheAdapter } from "@lastgood/core/adapter";
import type { Sandbox } from "./sandbox.ts";

const NO_CACHE: ByteCacheAdapter = { name: "none", stores: "bytes", get: () => undefined, set: () => undefined, delete: () => undefined };

/** A clock that is set by hand, some while before the one of the command line. */
export class Clock {
  #now: number;

  constructor(ago = 0) {
    this.#now = Date.now() - ago;
  }

  readonly now = (): number => this.#now;

  advance(ms: number): void {
    this.#now += ms;
  }
}

/** Works with a datastore of a program that has this backup. */
export async function program(backup: BackupAdapter, work: (datastore: Datastore) => Promise<unknown>, options: Partial<DatastoreOptions> = {}): Promise<void> {
  const datastore = new Datastore({ cache: NO_CACHE, backup, cullAfter: Infinity, ...options });
  await work(datastore);
  await datastore.close();
}

/** The stores on a disk, by their place and what a program opens there. */
export const ON_DISK = ["file", "sqlite"] as const;

export function onDisk(box: Sandbox, kind: (typeof ON_DISK)[number], name = "store"): { readonly place: string; open(): BackupAdapter } {
  const path = box.path(name);
  return { place: `${kind}:${path}`, open: () => (kind === "file" ? fsBackup(path) : sqliteBackup(path)) };
}

/** Every record of a store with its stamp, and the last use of each id. */
export async function contentsOf(backup: BackupAdapter): Promise<ReadonlyMap<string, { readonly usedAt: number; readonly records: readonly string[] }>> {
  const all = new Map<string, { readonly usedAt: number; readonly records: readonly string[] }>();
  for await (const { id, usedAt } of backup.list()) all.set(id, { usedAt, records: await recordsOf(backup, id) });
  return all;
}

async function recordsOf(backup: BackupAdapter, id: string): Promise<readonly string[]> {
  const records: string[] = [];
  let before: number | undefined;
  for (;;) {
    const record = await backup.read(id, { before });
    if (record === undefined) return records;
    before = record.loadedAt;
    records.push(`${record.loadedAt}:${Buffer.from(record.bytes).toString("base64")}`);
  }
}

/** A database that is opened by itself, as an intruder would. */
export function database(file: string): SqliteDatabase {
  closeSync(openSync(file, "a"));
  return chooseDriver(undefined).open(file, 1_000);
}

export function newName(): string {
  return `t_${randomUUID().replaceAll("-", "")}`;
}
