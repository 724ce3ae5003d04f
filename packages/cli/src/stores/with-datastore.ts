import type { Datastore, DatastoreOptions } from "@lastgood/core";
import type { Arguments } from "../arguments/arguments.ts";
import { say } from "../terminal/say.ts";
import { type Keys, keysOf } from "./keys.ts";
import type { BackupPlace } from "./place.ts";
import { findPlaces } from "./places.ts";
import { isThere, noStore } from "./presence.ts";
import { findStores, openDatastore } from "./stores.ts";

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
  const stores = await findStores(findPlaces(args, usesCache), { canMake: false });
  if (!stores.canKeep) throw new Error(stores.notice);
  if (stores.notice !== undefined) say(stores.notice);
  const backups = stores.backups.filter((_, index) => isThereOrTold(stores.places, index));
  const datastore = openDatastore({ cache: stores.cache, backups }, options);
  try {
    return await work({ datastore, keys: keysOf(datastore, args.namespace()) });
  } finally {
    await datastore.close();
  }
}

/** Of several stores, those that are there do the work of all. */
function isThereOrTold(places: readonly BackupPlace[], index: number): boolean {
  const place = places[index];
  if (place === undefined || isThere(place)) return true;
  if (!places.some(isThere)) throw noStore(place);
  say(noStore(place).message);
  return false;
}
