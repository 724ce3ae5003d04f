import { Datastore, type DatastoreOptions } from "@lastgood/core";
import type { BackupAdapter, ByteCacheAdapter } from "@lastgood/core/adapter";
import { fileCache } from "./file-cache.ts";
import { NO_CACHE } from "./no-cache.ts";
import { openBackup, type Use } from "./open-backup.ts";
import { type BackupPlace, type Place, showPlace } from "./place.ts";
import { backupsOf, type Places } from "./places.ts";
import { sqliteCache } from "./sqlite-cache.ts";
import { whySqliteFails } from "./sqlite.ts";
import { reportTroubles } from "./troubles.ts";
import { unavailable } from "./unavailable.ts";

/** The stores of one run of the command line. */
export interface Stores {
  readonly cache: ByteCacheAdapter;
  readonly backups: readonly BackupAdapter[];
  /** The places of the backups. */
  readonly places: readonly BackupPlace[];
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
export async function findStores(found: Places, use: Use): Promise<Stores> {
  const { cache, backupWithoutSqlite } = found;
  const backups = backupsOf(found);
  const failure = [cache, ...backups].some((place) => place?.kind === "sqlite") ? whySqliteFails() : undefined;
  if (failure === undefined) return { cache: openCache(cache), ...(await opened(backups, use)), canKeep: true };
  const cacheInFiles = openCache(cache?.kind === "sqlite" ? { ...cache, kind: "file", path: `${cache.path}.d` } : cache);
  const places = backups.map((backup) => (backup.kind === "sqlite" ? (backupWithoutSqlite ?? backup) : backup));
  const canKeep = places.some(({ kind }) => kind !== "sqlite");
  return { cache: cacheInFiles, ...(await opened(places, use, unavailable)), canKeep, notice: withoutSqlite(failure, places) };
}

async function opened(places: readonly BackupPlace[], use: Use, openSqlite?: (place: Place) => BackupAdapter): Promise<Pick<Stores, "backups" | "places">> {
  const open = async (place: BackupPlace): Promise<BackupAdapter> => (openSqlite !== undefined && place.kind === "sqlite" ? openSqlite(place) : openBackup(place, use));
  return { places, backups: await Promise.all(places.map(open)) };
}

function withoutSqlite(failure: string, places: readonly BackupPlace[]): string {
  const lost = places.find(({ kind }) => kind === "sqlite");
  const kept = places.find((place): place is Place => place.kind === "file");
  const backups = kept === undefined ? "" : `, the backups in ${kept.path}`;
  const meanwhile = lost === undefined ? `answers are kept in files${backups}` : `nothing is kept in ${showPlace(lost)} (file:DIRECTORY works)`;
  return `${failure}. Until then ${meanwhile}`;
}

function openCache(place: Place | undefined): ByteCacheAdapter {
  if (place === undefined) return NO_CACHE;
  return place.kind === "file" ? fileCache(place.path) : sqliteCache(place.path);
}

/** A datastore that reports failures of its stores on standard error. Nothing is opened yet. */
export function openDatastore({ cache, backups }: Pick<Stores, "cache" | "backups">, options: Pick<DatastoreOptions, "cullTime" | "ttl"> = {}): Datastore {
  const datastore = new Datastore({
    ...options,
    cache,
    backup: backups,
    // A short-lived process should not wait for an automatic cull: `lastgood cull` does that work.
    cullAfter: Infinity,
  });
  reportTroubles(datastore);
  return datastore;
}
