import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { UsageError } from "../arguments/usage-error.ts";

/** Where a command line keeps things. Both paths are absolute. */
export interface Places {
  readonly cacheFile: string;
  readonly backup: { readonly kind: "file" | "sqlite"; readonly path: string };
}

/**
 * The cache is under the user's cache directory and the backups are not: whoever clears caches must not clear these.
 * Each backup has a cache of its own, so that an answer cached for one does not keep another from ever being written.
 */
export function findPlaces(options: { readonly backup?: string | undefined; readonly cache?: string | undefined }): Places {
  const backup = options.backup === undefined ? defaultBackup() : parseBackup(options.backup);
  const cacheFile = options.cache === undefined ? defaultCacheFile(backup) : databaseFile("--cache", options.cache);
  return { cacheFile, backup };
}

function defaultBackup(): Places["backup"] {
  return { kind: "sqlite", path: join(baseDirectory("XDG_STATE_HOME", ".local/state"), "lastgood", "backups.db") };
}

function defaultCacheFile(backup: Places["backup"]): string {
  const isDefault = backup.kind === "sqlite" && backup.path === defaultBackup().path;
  const name = isDefault ? "cache.db" : `cache-${shortHash(`${backup.kind}:${backup.path}`)}.db`;
  return join(baseDirectory("XDG_CACHE_HOME", ".cache"), "lastgood", name);
}

function parseBackup(text: string): Places["backup"] {
  const [, kind, path] = /^(file|sqlite):(.+)$/s.exec(text) ?? [];
  if (path === undefined || (kind !== "file" && kind !== "sqlite")) {
    throw new UsageError(`--backup ${JSON.stringify(text)} is no place for backups: write file:DIRECTORY or sqlite:FILE`);
  }
  return { kind, path: kind === "sqlite" ? databaseFile("--backup", path) : resolve(path) };
}

/** SQLite's client trims names: it would open another file than the one that was named. */
function databaseFile(option: string, file: string): string {
  if (file === "" || file !== file.trim()) throw new UsageError(`${option} ${JSON.stringify(file)} is no name of a file: leave out spaces at its ends`);
  return resolve(file);
}

/** The XDG Base Directory Specification: a relative path in one of its variables is to be ignored. */
function baseDirectory(variable: string, fallback: string): string {
  const given = process.env[variable];
  return given !== undefined && isAbsolute(given) ? given : join(homedir(), fallback);
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
