import type { Arguments } from "../arguments/arguments.ts";
import { UsageError } from "../arguments/usage-error.ts";
import { findPlaces, type Places } from "./places.ts";
import { findStores, openDatastore } from "./stores.ts";

/** Expires the cached answer of a key in the cache of the command line, if it has one. The key is as stores have it. */
export async function forgetCached(args: Arguments, ref: string): Promise<void> {
  const places = placesWithCache(args);
  if (places === undefined) return;
  const datastore = openDatastore(await findStores(places, { canMake: false }));
  try {
    await datastore.inspect().expire(ref);
  } finally {
    await datastore.close();
  }
}

/** `undefined` where programs have a cache that the command line cannot reach, unless the user has named one. */
function placesWithCache(args: Arguments): Places | undefined {
  try {
    return findPlaces(args, true);
  } catch (error) {
    if (error instanceof UsageError && args.text("cache") === undefined) return undefined;
    throw error;
  }
}
