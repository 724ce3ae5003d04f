import { storeUrlsIn } from "@lastgood/core/adapter";
import { UsageError } from "../arguments/usage-error.ts";
import { absolutePath } from "../stores/home.ts";
import { type BackupPlace, isOnServer, readPickles, showPlace } from "../stores/place.ts";
import { readBackup } from "../stores/places.ts";

/** A place that `copy` reads or fills. A path without a scheme is a directory. */
export function readCopyPlace(text: string, name: "FROM" | "TO"): BackupPlace {
  if (text === "") throw new UsageError(`${name} is empty: write a place such as file:DIRECTORY`);
  if (!/^[a-z][a-z0-9+.-]+:/i.test(text)) return { kind: "file", path: absolutePath(text, name), options: {} };
  const pickles = readPickles(text, name);
  if (pickles !== undefined && name === "TO") throw new UsageError(`TO is ${showPlace(pickles)}, which is read, and not written to: write file:DIRECTORY or sqlite:FILE`);
  if (pickles !== undefined) return pickles;
  if (storeUrlsIn(text).length > 1) throw new UsageError(`${name} names several places: copy them one after the other`);
  return readBackup(text, name);
}

export function refuseSame(from: BackupPlace, to: BackupPlace): void {
  const isSame = isOnServer(from) || isOnServer(to) ? showPlace(from) === showPlace(to) : from.path === to.path;
  if (isSame) throw new UsageError(`FROM and TO are the same place, ${showPlace(to)}`);
}
