import { readdirSync, type Stats, statSync } from "node:fs";
import { codeOf, messageOf } from "@lastgood/core/adapter";
import { NoStore } from "./no-store.ts";
import { type BackupPlace, isOnServer, showPlace } from "./place.ts";

/**
 * Whether there is a store at this place, before anything is opened. Of a server, only its answers tell: `true`.
 *
 * @throws Error if something else is there.
 */
export function isThere(place: BackupPlace): boolean {
  if (isOnServer(place)) return true;
  const found = look(place);
  if (found === undefined) return false;
  if (place.kind !== "sqlite") return isDirectoryOfOurs(place.path, found, place);
  if (found.isDirectory()) throw new Error(`${showPlace(place)} is a directory: write file:${place.path} for backups in files`);
  // SQLite takes an empty file for a new database, and would fill it.
  return found.size > 0;
}

/** @throws NoStore if there is none; nothing is made there. */
export function mustBeThere(place: BackupPlace): void {
  if (!isThere(place)) throw noStore(place);
}

export function noStore(place: BackupPlace): NoStore {
  return new NoStore(`there are no backups at ${showPlace(place)}`);
}

function look(place: BackupPlace & { readonly path: string }): Stats | undefined {
  try {
    return statSync(place.path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw new Error(`${showPlace(place)} cannot be looked at: ${messageOf(error)}`, { cause: error });
  }
}

function isDirectoryOfOurs(path: string, found: Stats, place: BackupPlace): boolean {
  const advice = place.kind === "datastore.py" ? "name the directory that it is in" : `write sqlite:${path} for backups in SQLite`;
  if (!found.isDirectory()) throw new Error(`${showPlace(place)} is a file: ${advice}`);
  if (place.kind !== "datastore.py" && isForeign(path)) throw new Error(`${showPlace(place)} has files of another program, and no backups`);
  return true;
}

/** Whether a directory has things in it, and none that `fsBackup` makes. */
function isForeign(directory: string): boolean {
  try {
    const names = readdirSync(directory);
    return names.length > 0 && !names.some((name) => /^(?:[\da-f]|cull\.lock)$/.test(name));
  } catch {
    return false; // the first call says why
  }
}
