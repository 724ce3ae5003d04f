import type { Datastore, DatastoreOptions } from "@lastgood/core";
import type { Arguments } from "../arguments/arguments.ts";
import { say } from "../terminal/say.ts";
import { type Keys, keysOf } from "./keys.ts";
import { showPlace } from "./place.ts";
import { findPlaces } from "./places.ts";
import { findStores, isThere, openDatastore } from "./stores.ts";

/** There is no store at the place that the user named. */
export class NoStore extends Error {
  override readonly name: string = "NoStore";
}

export interface Opened {
  readonly datastore: Datastore;
  readonly keys: Keys;
}

/**
 * Calls `work` with the datastore that the arguments name, then closes it. For commands that look at existing backups:
 * a mistyped name must not look like a healthy, empty store.
 *
 * @throws NoStore if there are no backups at the place; nothing is made there. Error if SQLite is needed and cannot be loaded.
 */
export async function withDatastore<T>(
  args: Arguments,
  { usesCache, ...options }: Pick<DatastoreOptions, "cullTime" | "ttl"> & { readonly usesCache: boolean },
  work: (opened: Opened) => Promise<T>,
): Promise<T> {
  const stores = findStores(findPlaces(args, usesCache));
  if (!stores.canKeep) throw new Error(stores.notice);
  if (stores.notice !== undefined) say(stores.notice);
  if (!isThere(stores.place)) throw new NoStore(`there are no backups at ${showPlace(stores.place)}`);
  const datastore = openDatastore(stores, options);
  try {
    return await work({ datastore, keys: keysOf(datastore, args.namespace()) });
  } finally {
    await datastore.close();
  }
}
