import { fsBackup } from "@lastgood/backup-fs";
import { sqliteBackup } from "@lastgood/backup-sqlite";
import { Datastore, type DatastoreOptions } from "@lastgood/core";
import type { BackupAdapter } from "@lastgood/core/adapter";
import type { Arguments } from "../arguments/arguments.ts";
import { durableCache } from "./durable-cache.ts";
import { findPlaces, type Places } from "./places.ts";
import { tellTroubles } from "./troubles.ts";

function openBackup({ kind, path }: Places["backup"]): BackupAdapter {
  return kind === "file" ? fsBackup(path) : sqliteBackup(path);
}

type Options = Pick<DatastoreOptions, "cullTime" | "ttl">;

/** A datastore for this one process, which says on standard error what goes wrong with its stores. Nothing is opened yet. */
export function openDatastore(places: Places, options: Options = {}): Datastore {
  const datastore = new Datastore({
    ...options,
    cache: durableCache(places.cacheFile),
    backup: openBackup(places.backup),
    // No process asks often enough for a cull to come round, and none should be held up by one: `lastgood cull` does it.
    cullAfter: Infinity,
  });
  tellTroubles(datastore);
  return datastore;
}

/** Works with the datastore that the arguments name, and closes it. */
export async function withDatastore<T>(args: Arguments, options: Options, work: (datastore: Datastore) => Promise<T>): Promise<T> {
  const places = findPlaces({ backup: args.text("backup"), cache: args.text("cache") });
  const datastore = openDatastore(places, options);
  try {
    return await work(datastore);
  } finally {
    await datastore.close();
  }
}
