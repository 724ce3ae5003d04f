import { fileURLToPath } from "node:url";
import { UsageError } from "../arguments/usage-error.ts";
import { shown } from "../arguments/values.ts";
import { absolutePath } from "./home.ts";

/** The options that the adapters of both kinds read from a URL. */
interface StoreOptions {
  readonly generations?: number;
  readonly maxBytes?: number;
  readonly busyTimeout?: number;
  readonly mustExist?: boolean;
}

/** Where a store is. */
export interface Place {
  readonly kind: "file" | "sqlite";
  /** Absolute. */
  readonly path: string;
  /** What the adapter is to do differently, as in `?generations=3`. */
  readonly options: StoreOptions;
}

/** As `--backup`, `--cache` and the variables write it. */
export function showPlace({ kind, path }: Place): string {
  return `${kind}:${path}`;
}

const SHAPE = /^(file|sqlite):([^?#]+)(?:\?([^#]+))?$/s;

/**
 * Reads `file:DIRECTORY`, `sqlite:FILE`, either with `//` before an absolute path and options behind `?`, as `fromEnv` does.
 * `undefined` for a text that is no such place. `name` is what errors call it.
 */
export function readPlace(text: string, name: string, knownOptions: readonly string[]): Place | undefined {
  const [, kind, location, query] = SHAPE.exec(text) ?? [];
  if ((kind !== "file" && kind !== "sqlite") || location === undefined) return undefined;
  const named = location.startsWith("//") ? pathOfUrl(location, name) : location;
  if (kind === "sqlite") refuseSpaces(named, name);
  return { kind, path: absolutePath(named, name), options: readOptions(query, name, knownOptions) };
}

/** SQLite's client trims names: it would open another file than the one that was named. */
export function refuseSpaces(file: string, name: string): void {
  if (file === "" || file !== file.trim()) throw new UsageError(`${name} ${shown(file)} is no name of a file: leave out spaces at its ends`);
}

function pathOfUrl(location: string, name: string): string {
  try {
    return fileURLToPath(`file:${location}`);
  } catch {
    throw new UsageError(`${name} is no path of this machine: write three slashes before it, as in file:///var/backups`);
  }
}

function readOptions(query: string | undefined, name: string, known: readonly string[]): Place["options"] {
  const pairs = [...new URLSearchParams(query)];
  for (const [option, value] of pairs) {
    if (!known.includes(option)) throw new UsageError(`${name} has an option ${JSON.stringify(option)}, which is not known${knownAre(known)}`);
    if (isSwitch(option) ? !/^(true|false)$/.test(value) : !/^\d+$/.test(value)) throw new UsageError(`${name}: ${option} must be ${isSwitch(option) ? "true or false" : "a whole number"}, not ${JSON.stringify(value)}`);
  }
  return Object.fromEntries(pairs.map(([option, value]) => [option, isSwitch(option) ? value === "true" : Number(value)]));
}

function isSwitch(option: string): boolean {
  return option === "mustExist";
}

function knownAre(known: readonly string[]): string {
  return known.length === 0 ? "" : `: it has ${known.join(", ")}`;
}
