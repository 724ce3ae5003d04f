import { fsBackup, seedBackup } from "@lastgood/backup-fs";
import { sqliteBackup } from "@lastgood/backup-sqlite";
import { type BackupAdapter, type BackupFactory, messageOf } from "@lastgood/core/adapter";
import { UsageError } from "../arguments/usage-error.ts";
import { type BackupPlace, isOnServer, refuseUnknownOptions, type ServerPlace } from "./place.ts";
import { pickleDirectory } from "./pickle-directory.ts";

/** How a store is to be used. */
export interface Use {
  /** Whether a store that is missing is made. */
  readonly canMake: boolean;
}

/**
 * The backup at a place. Nothing is opened or asked yet.
 *
 * @throws UsageError for a URL that the adapter cannot read.
 */
export async function openBackup(place: BackupPlace, { canMake }: Use): Promise<BackupAdapter> {
  if (isOnServer(place)) return openOnServer(place, canMake);
  if (place.kind === "seed") return seedBackup(place.path);
  if (place.kind === "datastore.py") return pickleDirectory(place.path);
  const { kind, path, options } = place;
  const use = canMake ? options : { ...options, mustExist: true };
  return kind === "file" ? fsBackup(path, use) : sqliteBackup(path, use);
}

async function openOnServer({ kind, url, name }: ServerPlace, canMake: boolean): Promise<BackupAdapter> {
  const factory = await factoryOf(kind);
  refuseUnknownOptions(url, name, factory.urlOptions);
  const canInsist = !canMake && factory.urlOptions.includes("mustExist");
  try {
    return factory.fromUrl(canInsist ? { ...url, options: { ...url.options, mustExist: true } } : url);
  } catch (error) {
    // The adapter knows nothing of where its URL stands.
    throw new UsageError(messageOf(error).replace(/^(?:s3|postgres)Backup: /, `${name}: `), { cause: error });
  }
}

/** Their clients take a while to load, and most runs need none. */
async function factoryOf(kind: ServerPlace["kind"]): Promise<BackupFactory> {
  if (kind === "s3") {
    // The client would advise on versions of Node, over six lines, at every run.
    process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
    return (await import("@lastgood/backup-s3")).s3Backup;
  }
  return (await import("@lastgood/backup-postgres")).postgresBackup;
}
