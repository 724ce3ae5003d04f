import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fsBackup } from "@lastgood/backup-fs";
import { sqliteBackup } from "@lastgood/backup-sqlite";
import { shown } from "@lastgood/core/adapter";
import type { Arguments } from "../arguments/arguments.ts";
import { UsageError } from "../arguments/usage-error.ts";
import { absolutePath, baseDirectory } from "./home.ts";
import { type Place, readPlace, refuseSpaces, showPlace } from "./place.ts";

/** Where the command line stores things. */
export interface Places {
  /** `undefined` for a command that uses no cache. */
  readonly cache: Place | undefined;
  readonly backup: Place;
  /** Where backups go if SQLite cannot be loaded. `undefined` if the user has named the place. */
  readonly backupWithoutSqlite: Place | undefined;
}

/**
 * The places from the options, else from the environment, else the defaults. Only what is needed is looked up, so a
 * command without a cache works even where LASTGOOD_CACHE_URL names one that it cannot use.
 */
export function findPlaces(args: Pick<Arguments, "text">, usesCache: boolean): Places {
  const given = args.text("backup") ?? fromEnvironment("LASTGOOD_BACKUP_URL");
  const backup = given === undefined ? defaultBackup() : readBackup(given, nameOf(args, "backup", "LASTGOOD_BACKUP_URL"));
  const cache = usesCache ? findCache(args, backup) : undefined;
  if (cache?.path === backup.path) throw new UsageError(`the cache and the backups cannot both be ${cache.path}: clearing the cache would delete the backups`);
  return { cache, backup, backupWithoutSqlite: given === undefined ? backupDirectory() : undefined };
}

function readBackup(text: string, name: string): Place {
  const known = text.startsWith("file:") ? fsBackup.urlOptions : sqliteBackup.urlOptions;
  const place = readPlace(text, name, known);
  if (place === undefined) throw new UsageError(`${name} ${shownPlace(text)} is no place for backups: write file:DIRECTORY or sqlite:FILE`);
  return place;
}

/** Not in the user's cache directory: clearing caches must not delete backups. */
function defaultBackup(): Place {
  const [database, directory] = [backupDatabase(), backupDirectory()];
  // The directory was made when SQLite could not be loaded. Its backups stay in use.
  return existsSync(directory.path) && !existsSync(database.path) ? directory : database;
}

function backupDatabase(): Place {
  return { kind: "sqlite", path: join(stateDirectory(), "backups.db"), options: {} };
}

function backupDirectory(): Place {
  return { kind: "file", path: join(stateDirectory(), "backups"), options: {} };
}

function stateDirectory(): string {
  return absolutePath(join(baseDirectory("XDG_STATE_HOME", ".local/state", "give --backup"), "lastgood"), "the directory for backups");
}

function findCache(args: Pick<Arguments, "text">, backup: Place): Place {
  const option = args.text("cache");
  if (option !== undefined) return readCache(option, "--cache");
  const variable = fromEnvironment("LASTGOOD_CACHE_URL");
  // A program's memory cache does not concern another process.
  if (variable !== undefined && !variable.startsWith("memory:")) return readCacheUrl(variable);
  return defaultCache(backup);
}

function readCache(text: string, name: string): Place {
  const place = readPlace(text, name, []);
  if (place !== undefined) return place;
  refuseSpaces(text, name);
  return { kind: "sqlite", path: absolutePath(text, name), options: {} };
}

function readCacheUrl(text: string): Place {
  const place = readPlace(text, "LASTGOOD_CACHE_URL", []);
  if (place !== undefined) return place;
  throw new UsageError(
    `LASTGOOD_CACHE_URL ${shownPlace(text)} is no place for the cache of the command line, which is in files: give --cache, or write sqlite:FILE or file:DIRECTORY`,
  );
}

/** Each backup has its own cache. A shared one would answer before a second backup is ever written. */
function defaultCache(backup: Place): Place {
  const name = isDefault(backup) ? "cache.db" : `cache-${shortHash(showPlace(backup))}.db`;
  const directory = join(baseDirectory("XDG_CACHE_HOME", ".cache", "give --cache"), "lastgood");
  return { kind: "sqlite", path: absolutePath(join(directory, name), "the directory for caches"), options: {} };
}

/** Whether this is the default place, named or not. Without a home directory there is no default. */
function isDefault({ path }: Place): boolean {
  try {
    return path === backupDatabase().path || path === backupDirectory().path;
  } catch {
    return false;
  }
}

function fromEnvironment(variable: string): string | undefined {
  const value = process.env[variable];
  return value === "" ? undefined : value;
}

function nameOf(args: Pick<Arguments, "text">, option: "backup" | "cache", variable: string): string {
  return args.text(option) === undefined ? variable : `--${option}`;
}

/** Only the scheme of another store's URL is shown, because the URL may hold a password. */
function shownPlace(text: string): string {
  const scheme = /^[a-z][a-z0-9+.-]*:(?=\/\/)/i.exec(text)?.[0];
  return scheme === undefined ? shown(text) : `${scheme}//…`;
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
