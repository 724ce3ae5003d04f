import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fsBackup } from "@lastgood/backup-fs";
import { sqliteBackup } from "@lastgood/backup-sqlite";
import { shown, storeUrlsIn } from "@lastgood/core/adapter";
import type { Arguments } from "../arguments/arguments.ts";
import { UsageError } from "../arguments/usage-error.ts";
import { absolutePath, baseDirectory } from "./home.ts";
import { type BackupPlace, isOnServer, type Place, readPlace, readSeed, readServer, refuseSpaces, showPlace } from "./place.ts";

/** Where the command line stores things. */
export interface Places {
  /** `undefined` for a command that uses no cache. */
  readonly cache: Place | undefined;
  readonly backup: BackupPlace;
  /** The others, where several are named. */
  readonly moreBackups?: readonly BackupPlace[];
  /** Where backups go if SQLite cannot be loaded. `undefined` if the user has named the place. */
  readonly backupWithoutSqlite: Place | undefined;
}

/**
 * The places from the options, else from the environment, else the defaults. Only what is needed is looked up, so a
 * command without a cache works even where LASTGOOD_CACHE_URL names one that it cannot use.
 */
export function findPlaces(args: Pick<Arguments, "text">, usesCache: boolean): Places {
  const given = args.text("backup") ?? fromEnvironment("LASTGOOD_BACKUP_URL");
  const [backup, ...more] = given === undefined ? [defaultBackup()] : readBackups(given, nameOf(args, "backup", "LASTGOOD_BACKUP_URL"));
  const backups = [backup, ...more];
  const cache = usesCache ? findCache(args, backups) : undefined;
  const isShared = cache !== undefined && backups.some((place) => !isOnServer(place) && place.path === cache.path);
  if (isShared) throw new UsageError(`the cache and the backups cannot both be ${cache.path}: clearing the cache would delete the backups`);
  return { cache, backup, ...(more.length > 0 && { moreBackups: more }), backupWithoutSqlite: given === undefined ? backupDirectory() : undefined };
}

/** The places of all backups, in the order in which they are named. */
export function backupsOf({ backup, moreBackups = [] }: Places): readonly BackupPlace[] {
  return [backup, ...moreBackups];
}

/** One place, or several in a list with commas, as for `fromEnv`. */
function readBackups(text: string, name: string): readonly [BackupPlace, ...BackupPlace[]] {
  const [first = "", ...others] = storeUrlsIn(text);
  return [readBackup(first, name), ...others.map((url) => readBackup(url, name))];
}

/** @throws UsageError for a text that names no place of backups. */
export function readBackup(text: string, name: string): BackupPlace {
  const known = /^file:/i.test(text) ? fsBackup.urlOptions : sqliteBackup.urlOptions;
  const place = readPlace(text, name, known) ?? readSeed(text, name) ?? readServer(text, name);
  if (place !== undefined) return place;
  throw new UsageError(`${name} ${shownPlace(text)} is no place for backups: write file:DIRECTORY, sqlite:FILE, s3://BUCKET/PREFIX or postgres://HOST/DATABASE`);
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

function findCache(args: Pick<Arguments, "text">, backups: readonly BackupPlace[]): Place {
  const option = args.text("cache");
  if (option !== undefined) return readCache(option, "--cache");
  const variable = fromEnvironment("LASTGOOD_CACHE_URL");
  // A program's memory cache does not concern another process.
  if (variable !== undefined && !/^memory:[^,]*$/.test(variable)) return readCacheUrl(variable);
  return defaultCache(backups);
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
function defaultCache(backups: readonly BackupPlace[]): Place {
  const name = backups.every(isDefault) ? "cache.db" : `cache-${shortHash(backups.map(showPlace).join(","))}.db`;
  const directory = join(baseDirectory("XDG_CACHE_HOME", ".cache", "give --cache"), "lastgood");
  return { kind: "sqlite", path: absolutePath(join(directory, name), "the directory for caches"), options: {} };
}

/** Whether this is the default place, named or not. Without a home directory there is no default. */
function isDefault(place: BackupPlace): boolean {
  if (place.kind !== "file" && place.kind !== "sqlite") return false;
  const { path } = place;
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
