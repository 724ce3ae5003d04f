import type { DriverName } from "@lastgood/backup-sqlite/driver";
import { optionChecks, parseStoreUrl, shown, type StoreUrl, urlRefusal } from "@lastgood/core/adapter";
import { orUsageError, UsageError } from "../arguments/usage-error.ts";
import { absolutePathOf } from "./home.ts";

/** The options that both adapters read from a URL. */
interface StoreOptions {
  readonly generations?: number;
  readonly maxBytes?: number;
  readonly busyTimeout?: number;
  readonly mustExist?: boolean;
  readonly driver?: DriverName;
}

/** Where a store is. */
export interface Place {
  readonly kind: "file" | "sqlite";
  /** Absolute. */
  readonly path: string;
  /** The options of the adapter, as in `?generations=3`. */
  readonly options: StoreOptions;
}

/** The place as a user writes it in `--backup`, `--cache` and the variables. */
export function showPlace({ kind, path }: Place): string {
  return `${kind}:${path}`;
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
    const url = parseStoreUrl(text, (part, expected) => urlRefusal(name, part, expected));
    if (url === undefined || url.location === "") throw new UsageError(`${name} names no path: write file:DIRECTORY or sqlite:FILE`);
    if (kind === "sqlite") refuseSpaces(url.location, name);
    return { kind, path: absolutePathOf(url, name), options: readOptions(url, name, knownOptions) };
  });
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

function readOptions({ options }: StoreUrl, name: string, known: readonly string[]): StoreOptions {
  const check = optionChecks(name);
  for (const [option, value] of Object.entries(options)) {
    if (!known.includes(option)) throw new UsageError(`${name} has an option ${shown(option)}, which is not known${knownAre(known)}`);
    if (option === "driver") check.string(option, value);
    else if (option === "mustExist") check.boolean(option, value);
    else check.wholeNumber(option, value, 0);
  }
  return options;
}

function knownAre(known: readonly string[]): string {
  return known.length === 0 ? "" : `: it has ${known.join(", ")}`;
}
