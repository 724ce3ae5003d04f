import { fsBackup } from "@lastgood/backup-fs";
import type { Arguments } from "../arguments/arguments.ts";
import { say } from "../terminal/say.ts";
import { BackupStore } from "./backup-store.ts";
import { openBackup } from "./open-backup.ts";
import { type BackupPlace, showPlace } from "./place.ts";
import { backupsOf, findPlaces } from "./places.ts";
import { isThere, mustBeThere, noStore } from "./presence.ts";
import { whySqliteFails } from "./sqlite.ts";

/**
 * Calls `work` with the stores that the arguments name, each by itself, then closes them. None is made.
 *
 * @throws NoStore if there is none at any of the places.
 */
export async function withStores<T>(args: Arguments, work: (stores: readonly BackupStore[]) => Promise<T>): Promise<T> {
  const backups = backupsOf(findPlaces(args, false));
  const stores: BackupStore[] = [];
  try {
    for (const place of placesThatAreThere(backups)) stores.push(await openToLook(place));
    return await work(stores);
  } finally {
    for (const store of stores) await store.close().catch(() => undefined); // everything has been said by then
  }
}

function placesThatAreThere(places: readonly BackupPlace[]): readonly BackupPlace[] {
  const [only] = places;
  if (places.length === 1 && only !== undefined) mustBeThere(only);
  const found = places.filter(isThere);
  if (found.length === 0 && only !== undefined) throw noStore(only);
  for (const place of places) if (!found.includes(place)) say(noStore(place).message);
  return found;
}

/** A store that is there, or is on a server. A seed is looked into like any directory of backups. */
export async function openToLook(place: BackupPlace): Promise<BackupStore> {
  refuseSqliteIfBroken(place);
  const adapter = place.kind === "seed" ? fsBackup(place.path, { mustExist: true }) : await openBackup(place, { canMake: false });
  return new BackupStore(place, adapter, false);
}

/** A store that is made by the first write. */
export async function openToFill(place: BackupPlace): Promise<BackupStore> {
  refuseSqliteIfBroken(place);
  const adapter = place.kind === "seed" ? fsBackup(place.path) : await openBackup(place, { canMake: true });
  return new BackupStore(place, adapter, true);
}

function refuseSqliteIfBroken(place: BackupPlace): void {
  const failure = place.kind === "sqlite" ? whySqliteFails() : undefined;
  if (failure !== undefined) throw new Error(`${showPlace(place)} cannot be opened: ${failure}`);
}
