import type { DriverName } from "@lastgood/backup-sqlite/driver";
import { optionChecks, parseStoreUrl, shown, type StoreUrl, urlRefusal } from "@lastgood/core/adapter";
import { orUsageError, UsageError } from "../arguments/usage-error.ts";
import { absolutePath, absolutePathOf } from "./home.ts";

/** The options that adapters of stores on disks read from a URL. */
interface StoreOptions {
  readonly generations?: number;
  readonly maxBytes?: number;
  readonly busyTimeout?: number;
  readonly mustExist?: boolean;
  readonly driver?: DriverName;
}

/** Where a store on a disk is. */
export interface Place {
  readonly kind: "file" | "sqlite";
  /** Absolute. */
  readonly path: string;
  /** The options of the adapter, as in `?generations=3`. */
  readonly options: StoreOptions;
}

/** A directory that is shipped with a program, and that nothing is written to but by `copy`. */
export interface SeedPlace {
  readonly kind: "seed";
  /** Absolute. */
  readonly path: string;
}

/** The backups of Django's `datastore.py`, which `copy` reads. */
export interface PicklePlace {
  readonly kind: "datastore.py";
  /** Absolute. */
  readonly path: string;
}

/** A store that a server has. */
export interface ServerPlace {
  readonly kind: "s3" | "postgres";
  readonly url: StoreUrl;
  /** What errors call the URL: `--backup` or a variable. */
  readonly name: string;
}

/** Where backups are. */
export type BackupPlace = Place | SeedPlace | PicklePlace | ServerPlace;

/** The place as a user writes it in `--backup`, `--cache` and the variables, without a password. */
export function showPlace(place: BackupPlace): string {
  return isOnServer(place) ? withoutUser(place.url) : `${place.kind}:${place.path}`;
}

export function isOnServer(place: BackupPlace): place is ServerPlace {
  return place.kind === "s3" || place.kind === "postgres";
}

function withoutUser({ scheme, location, options }: StoreUrl): string {
  // One database may have several stores.
  const table = options["table"] === undefined ? "" : `?table=${String(options["table"])}`;
  return `${scheme}:${location.replace(/^\/\/[^/]*@/, "//")}${table}`;
}

/**
 * Reads `file:DIRECTORY` and `sqlite:FILE` with core's own functions, so that `fromEnv` and the command line agree.
 * `undefined` for any other text.
 *
 * @param name What errors call the text: `--backup` or a variable.
 * @throws UsageError for a URL that no store can have.
 */
export function readPlace(text: string, name: string, knownOptions: readonly string[]): Place | undefined {
  const kind = kindOf(text);
  if (kind === undefined) return undefined;
  return orUsageError(() => {
    const url = urlIn(text, name);
    if (url === undefined || url.location === "") throw new UsageError(`${name} names no path: write file:DIRECTORY or sqlite:FILE`);
    if (kind === "sqlite") refuseSpaces(url.location, name);
    return { kind, path: absolutePathOf(url, name), options: readOptions(url, name, knownOptions) };
  });
}

/** Reads `seed:DIRECTORY`. `undefined` for any other text. */
export function readSeed(text: string, name: string): SeedPlace | undefined {
  if (!/^seed:/i.test(text)) return undefined;
  return orUsageError(() => {
    const url = urlIn(text, name);
    if (url === undefined || url.location === "") throw new UsageError(`${name} names no path: write seed:DIRECTORY`);
    readOptions(url, name, []);
    return { kind: "seed", path: absolutePathOf(url, name) };
  });
}

/** Reads `datastore.py:DIRECTORY`. `undefined` for any other text. */
export function readPickles(text: string, name: string): PicklePlace | undefined {
  const [, path] = /^datastore\.py:(.*)$/is.exec(text) ?? [];
  if (path === undefined) return undefined;
  if (path === "") throw new UsageError(`${name} names no path: write datastore.py:DIRECTORY`);
  return { kind: "datastore.py", path: absolutePath(path, name) };
}

/** Reads `s3://…` and `postgres://…`. The rest of such a URL is read by its adapter. `undefined` for any other text. */
export function readServer(text: string, name: string): ServerPlace | undefined {
  if (!/^(?:s3|postgres|postgresql):\/\//i.test(text)) return undefined;
  return orUsageError(() => {
    const url = urlIn(text, name);
    return url && { kind: url.scheme === "s3" ? "s3" : "postgres", url, name };
  });
}

function urlIn(text: string, name: string): StoreUrl | undefined {
  return parseStoreUrl(text, (part, expected) => urlRefusal(name, part, expected));
}

function kindOf(text: string): Place["kind"] | undefined {
  const [, scheme] = /^(file|sqlite):/i.exec(text) ?? [];
  if (scheme === undefined) return undefined;
  return scheme.toLowerCase() === "file" ? "file" : "sqlite";
}

/** SQLite's client trims names: it would open another file than the one that was named. */
export function refuseSpaces(file: string, name: string): void {
  if (file === "" || file !== file.trim()) throw new UsageError(`${name} ${shown(file)} is not a file name: leave out the spaces at its ends`);
}

function readOptions(url: StoreUrl, name: string, known: readonly string[]): StoreOptions {
  const check = optionChecks(name);
  refuseUnknownOptions(url, name, known);
  for (const [option, value] of Object.entries(url.options)) {
    if (option === "driver") check.string(option, value);
    else if (option === "mustExist") check.boolean(option, value);
    else check.wholeNumber(option, value, 0);
  }
  return url.options;
}

/** @throws UsageError for an option that the adapter does not have. */
export function refuseUnknownOptions({ options }: StoreUrl, name: string, known: readonly string[]): void {
  const unknown = Object.keys(options).find((option) => !known.includes(option));
  if (unknown !== undefined) throw new UsageError(`${name} has an option ${shown(unknown)}, which is not known${knownAre(known)}`);
}

function knownAre(known: readonly string[]): string {
  return known.length === 0 ? "" : `: it has ${known.join(", ")}`;
}
