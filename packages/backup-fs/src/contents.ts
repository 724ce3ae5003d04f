import type { Dirent } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { ifThere } from "./errors.ts";
import { digitsOf, isLevel, type Name, nameOf } from "./layout.ts";

/** What is in a directory. Links, pipes and foreign directories are left out. */
export interface Listing {
  readonly path: string;
  readonly files: readonly string[];
  /** Names of the directories of the next level. */
  readonly levels: ReadonlySet<string>;
}

/** `isReal`: the caller knows that this is a directory and no link. */
export type Look = (path: string, isReal: boolean) => Promise<Listing | undefined>;

/** A record, by its name. */
export type RecordName = Name & { readonly loadedAt: number };

/** What the store holds of an id. */
export interface Contents {
  /** The newest first. Of several with one stamp, the one used last comes first: it is *the* record of that stamp. */
  readonly records: readonly RecordName[];
  readonly marks: readonly Name[];
  /** The directories of its levels, the topmost first. */
  readonly levels: readonly Listing[];
}

/**
 * Looks for the names of an id in all levels that are there. Records stay in the level they were written to: a new level
 * takes new records only, so no process has to know when another one makes it.
 */
export async function contentsOf(root: string, id: string, look: Look = listingOf): Promise<Contents> {
  const levels = await levelsOf(root, id, look);
  return { ...sorted(levels.flatMap((level) => namesIn(level, id))), levels };
}

export function sorted(names: readonly Name[]): Pick<Contents, "records" | "marks"> {
  const latestFirst = names.toSorted((a, b) => b.usedAt - a.usedAt);
  return {
    records: latestFirst.filter(isRecord).sort((a, b) => b.loadedAt - a.loadedAt),
    marks: latestFirst.filter((name) => !isRecord(name)),
  };
}

/** When the id was last used: 0 if there is nothing of it. */
export function lastUse({ records, marks }: Pick<Contents, "records" | "marks">): number {
  return [...records, ...marks].reduce((latest, { usedAt }) => Math.max(latest, usedAt), 0);
}

/** Below the root a link may lead anywhere, so it is refused. The root may be a link, which is its owner's choice. */
export async function listingOf(path: string, isReal: boolean): Promise<Listing | undefined> {
  const reading = ifThere(readdir(path, { withFileTypes: true })); // both at once, so that nobody waits twice
  reading.catch(() => {}); // if there is no directory, that is the better error
  if (!isReal && (await identityOf(path)) === undefined) return undefined;
  const entries = await reading;
  if (entries === undefined) return undefined;
  const files: string[] = [];
  const levels = new Set<string>();
  for (const entry of entries) {
    if (entry.isFile()) files.push(entry.name);
    else if (isLevelOfStore(entry)) levels.add(entry.name);
  }
  return { path, files, levels };
}

/** The topmost levels of a store. */
export async function topLevelsOf(root: string): Promise<string[]> {
  const entries = await ifThere(readdir(root, { withFileTypes: true }));
  return (entries ?? []).filter(isLevelOfStore).map(({ name }) => join(root, name));
}

/** Tells two directories of one path apart. `undefined` if there is none, and an error if something else is there. */
export async function identityOf(path: string): Promise<string | undefined> {
  const stats = await ifThere(lstat(path));
  if (stats === undefined) return undefined;
  if (stats.isDirectory()) return `${stats.dev}:${stats.ino}`;
  throw new Error(`${path} must be a directory: move aside what is there`);
}

export function holdsRecord({ path, files }: Listing): boolean {
  return files.some((file) => isRecord(nameOf(path, file)));
}

export function isRecord(name: Name | undefined): name is RecordName {
  return name?.loadedAt !== undefined;
}

/** From the topmost level to the deepest one that is there. */
async function levelsOf(root: string, id: string, look: Look): Promise<Listing[]> {
  const levels: Listing[] = [];
  let path = root;
  for (const digit of digitsOf(id)) {
    const above = levels.at(-1);
    if (above !== undefined && !above.levels.has(digit)) break;
    path = join(path, digit);
    const level = await look(path, above !== undefined);
    if (level === undefined) break;
    levels.push(level);
  }
  return levels;
}

function namesIn({ path, files }: Listing, id: string): Name[] {
  const beginning = `${id}~`;
  const ofId = files.filter((file) => file.startsWith(beginning));
  return ofId.map((file) => nameOf(path, file)).filter((name) => name !== undefined);
}

function isLevelOfStore(entry: Dirent): boolean {
  return entry.isDirectory() && isLevel(entry.name);
}
