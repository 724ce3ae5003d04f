import { lstatSync } from "node:fs";
import { fsBackup } from "@lastgood/backup-fs";
import { sqliteBackup } from "@lastgood/backup-sqlite";
import { Datastore, type DatastoreOptions } from "@lastgood/core";
import type { BackupAdapter, ByteCacheAdapter } from "@lastgood/core/adapter";
import { fileCache } from "./file-cache.ts";
import type { Place } from "./place.ts";
import type { Places } from "./places.ts";
import { sqliteCache } from "./sqlite-cache.ts";
import { whySqliteFails } from "./sqlite.ts";
import { reportTroubles } from "./troubles.ts";
import { unavailable } from "./unavailable.ts";

/** The stores of one run of the command line. */
export interface Stores {
  readonly cache: ByteCacheAdapter;
  readonly backup: BackupAdapter;
  /** The place of the backups. */
  readonly place: Place;
  /** Why other stores are used than expected, as one line for standard error. */
  readonly notice?: string;
  /** Whether backups can be written and read at all. */
  readonly canKeep: boolean;
}

/**
 * The stores at these places. Nothing is opened yet. Without SQLite, the cache and the default backup are in files, and
 * `notice` says so. If the user has asked for a backup in SQLite, its calls fail. The start does not, because the answer
 * of a source is worth more than its backup.
 */
export function findStores({ cache, backup, backupWithoutSqlite }: Places): Stores {
  const failure = [cache, backup].some((place) => place?.kind === "sqlite") ? whySqliteFails() : undefined;
  if (failure === undefined) return { cache: openCache(cache), backup: openBackup(backup), place: backup, canKeep: true };
  const cacheInFiles = openCache(cache?.kind === "sqlite" ? { ...cache, kind: "file", path: `${cache.path}.d` } : cache);
  const place = backup.kind === "file" ? backup : (backupWithoutSqlite ?? backup);
  const canKeep = place.kind === "file";
  return { cache: cacheInFiles, backup: canKeep ? openBackup(place) : unavailable(place), place, canKeep, notice: withoutSqlite(failure, place) };
}

function withoutSqlite(failure: string, { kind, path }: Place): string {
  const meanwhile = kind === "file" ? `answers are kept in files, the backups in ${path}` : `nothing is kept in sqlite:${path} (file:DIRECTORY works)`;
  return `${failure}. Until then ${meanwhile}`;
}

function openCache(place: Place | undefined): ByteCacheAdapter {
  if (place === undefined) return NO_CACHE;
  return place.kind === "file" ? fileCache(place.path) : sqliteCache(place.path);
}

/** Always empty. */
const NO_CACHE: ByteCacheAdapter = { name: "no cache", stores: "bytes", get: () => undefined, set: () => undefined, delete: () => undefined };

function openBackup({ kind, path, options }: Place): BackupAdapter {
  return kind === "file" ? fsBackup(path, options) : sqliteBackup(path, options);
}

/** A datastore that reports failures of its stores on standard error. Nothing is opened yet. */
export function openDatastore({ cache, backup }: Stores, options: Pick<DatastoreOptions, "cullTime" | "ttl"> = {}): Datastore {
  const datastore = new Datastore({
    ...options,
    cache,
    backup,
    // A short-lived process should not wait for an automatic cull: `lastgood cull` does that work.
    cullAfter: Infinity,
  });
  reportTroubles(datastore);
  return datastore;
}

/** Whether there is a store at this place. `true` if that cannot be found out: the first call then reports why. */
export function isThere({ path }: Place): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}
