import { lstat, readdir } from "node:fs/promises";
import { dirname } from "node:path";
import { ifThere } from "./errors.ts";
import { isTemporary, stampOfRecord, timeOfMark } from "./layout.ts";

/** What the directory of an id holds. Links, directories and other names in it are ignored. */
export interface Contents {
  /** `loadedAt` of every record, the newest first. */
  readonly stamps: readonly number[];
  /** Every mark of use, the latest first: more than one only if two processes made theirs at once. */
  readonly uses: readonly number[];
  /** Names of temporary files: records being written, or left behind by a crash. */
  readonly temporaries: readonly string[];
}

const NOTHING: Contents = { stamps: [], uses: [], temporaries: [] };

/** The contents of an id's directory: nothing if there is none, an error if it cannot be looked at or is a link. */
export async function contentsOf(directory: string): Promise<Contents> {
  const isThere = (await isRealDirectory(dirname(directory))) && (await isRealDirectory(directory));
  return isThere ? contentsOfReal(directory) : NOTHING;
}

/** The same for a directory that has just been seen not to be a link. */
export async function contentsOfReal(directory: string): Promise<Contents> {
  const entries = await ifThere(readdir(directory, { withFileTypes: true }));
  if (entries === undefined) return NOTHING;
  const names = entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
  return {
    stamps: latestFirst(names.map(stampOfRecord)),
    uses: latestFirst(names.map(timeOfMark)),
    temporaries: names.filter(isTemporary),
  };
}

/** When the id was last used. Without a mark it is the stamp of the newest record, since a load is a use. */
export function lastUse({ uses, stamps }: Contents): number {
  return uses[0] ?? stamps[0] ?? 0;
}

/** The root may be a link, which is its owner's choice. Below the root, a link may lead anywhere and is refused. */
async function isRealDirectory(path: string): Promise<boolean> {
  const stats = await ifThere(lstat(path));
  if (stats === undefined || stats.isDirectory()) return stats !== undefined;
  throw new Error(`${path} must be a directory: move aside what is there`);
}

function latestFirst(times: readonly (number | undefined)[]): number[] {
  return times.filter((time) => time !== undefined).sort((a, b) => b - a);
}
